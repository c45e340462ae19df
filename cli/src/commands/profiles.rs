//! `vitae profiles`

use serde::Serialize;
use vitae_contracts_core::fold;
use vitae_sdk::StaticToken;
use vitae_tui::Colour;

use super::auth;
use crate::arguments::Global;
use crate::arguments::auth::Switch;
use crate::arguments::profiles::{AddProfile, ProfilesCommand, RemoveProfile};
use crate::config::{self, Config, Profile, StoreKind};
use crate::context::{self, Context};
use crate::errors::{Failure, Fault};
use crate::output::{Column, Output, Row};
use crate::{exit, profiles, prompt};

pub(crate) fn run(global: &Global, command: ProfilesCommand, output: &mut Output) -> Result<(), Failure> {
    match command {
        ProfilesCommand::List => list(output),
        ProfilesCommand::Use(one) => choose(&one.name, output),
        ProfilesCommand::Add(options) => add(global, &options, output),
        ProfilesCommand::Remove(options) => remove(global, &options, output),
    }
}

/// Switches to another login, by profile or account.
pub(crate) fn switch(options: &Switch, output: &mut Output) -> Result<(), Failure> {
    let config = Config::read(&config::directory()?)?;
    let wanted = options.to.as_deref();
    let account = wanted.map(fold);
    let is_meant = |name: &str, profile: &Profile| match wanted {
        Some(wanted) => name == wanted || profile.account == account,
        None => profile.account.is_some() && config.current.as_deref() != Some(name),
    };
    let candidates: Vec<_> =
        config.profiles.iter().filter(|(name, profile)| is_meant(name, profile)).collect();
    let exact = candidates.iter().find(|(name, _)| Some(name.as_str()) == wanted);
    if let Some((name, _)) = exact {
        return choose(name, output);
    }
    match (candidates.as_slice(), wanted) {
        ([(name, _)], _) => choose(name, output),
        ([], Some(wanted)) => Err(unknown(wanted, &config)),
        ([], None) => Err(Failure::new(exit::NOT_FOUND, "no other login to switch to")
            .next("log in with `vitae login --email EMAIL`")),
        (many, _) if prompt::is_possible() => {
            let names: Vec<String> = many.iter().map(|(name, profile)| label(name, profile)).collect();
            let chosen = prompt::choice("Switch to", &names)?;
            choose(many[chosen].0, output)
        }
        (many, _) => {
            let mut failure = Failure::usage("several logins to switch to");
            failure.faults = many.iter().map(|(name, profile)| Fault::line(label(name, profile))).collect();
            Err(failure.next("name one: vitae auth switch PROFILE"))
        }
    }
}

fn list(output: &mut Output) -> Result<(), Failure> {
    let config = Config::read(&config::directory()?)?;
    let rows: Vec<ProfileRow> = config
        .profiles
        .iter()
        .map(|(name, profile)| {
            let protected = config.protects(name);
            ProfileRow { protected, ..ProfileRow::of(name, profile, config.current.as_ref() == Some(name)) }
        })
        .collect();
    let mut list = output.list();
    list.page(&rows)?;
    let output = list.finish()?;
    if rows.is_empty() {
        output.note("no profiles; `vitae login` creates one");
    }
    Ok(())
}

fn choose(name: &str, output: &mut Output) -> Result<(), Failure> {
    let directory = config::directory()?;
    let mut chosen = Profile::default();
    Config::change(&directory, |draft| {
        let known = draft.known.profiles.get(name);
        chosen = known.cloned().ok_or_else(|| unknown(name, &draft.known))?;
        draft.choose(name);
        Ok(())
    })?;
    output.note(format_args!("using {}", label(name, &chosen)));
    if chosen.account.is_none() {
        output.note("not logged in there; run `vitae login`");
    }
    for variable in ["VITAE_PROFILE", "VITAE_SERVER", StaticToken::VARIABLE] {
        if context::variable(variable).is_some() {
            output.note(format_args!("warning: {variable} is set and takes precedence over the profile"));
        }
    }
    show(&ProfileRow::of(name, &chosen, true), output)
}

/// Prints a changed profile if an output format is requested.
fn show(profile: &ProfileRow, output: &mut Output) -> Result<(), Failure> {
    if output.is_format_requested() { output.one(profile) } else { Ok(()) }
}

fn add(global: &Global, options: &AddProfile, output: &mut Output) -> Result<(), Failure> {
    let name = options.name.as_str();
    profiles::check_name(name)?;
    let Some(server) = context::given_server(global) else {
        return Err(Failure::usage("a profile needs a server").next("specify its address with --server URL"));
    };
    context::origin_of(&server)?;
    let account = options.account.as_deref().map(fold);
    let profile = Profile {
        server: Some(server.value),
        account,
        store: None,
        colour: options.colour,
        protected: options.protected,
        read_only: options.read_only,
    };
    let directory = config::directory()?;
    Config::change(&directory, |draft| match draft.known.profiles.get(name) {
        Some(known) if *known == profile => Ok(()),
        Some(known) => {
            let what = format!("the profile already exists: {}", label(name, known));
            Err(Failure::new(exit::CONFLICT, what)
                .next(format!("use another name, or run `vitae profiles remove {name}` first")))
        }
        None => {
            draft.keep(name, &profile);
            Ok(())
        }
    })?;
    output.note(format_args!("added {}; log in with `vitae login --profile {name}`", label(name, &profile)));
    let current = Config::read(&directory)?.current;
    show(&ProfileRow::of(name, &profile, current.as_deref() == Some(name)), output)
}

fn remove(global: &Global, options: &RemoveProfile, output: &mut Output) -> Result<(), Failure> {
    let name = options.name.as_str();
    let directory = config::directory()?;
    let config = Config::read(&directory)?;
    let Some(profile) = config.profiles.get(name).cloned() else {
        return Err(unknown(name, &config));
    };
    let context = Context::of_profile(name, config, directory.clone(), global)?;
    if profile.account.is_some() && !is_shared(name, &context) {
        super::require_consent(global, "removing a profile with its login")?;
        if !global.yes {
            let question = format!("Log out of {} and remove it?", label(name, &profile));
            if !prompt::confirm(&question)? {
                return Err(Failure::new(exit::FAILED, "cancelled: nothing was removed"));
            }
        }
        auth::end_login(context, options.local, output)?;
    }
    Config::change(&directory, |draft| {
        draft.remove(name);
        Ok(())
    })?;
    output.note(format_args!("removed profile {name}"));
    show(&ProfileRow::of(name, &profile, false), output)
}

/// Whether another profile uses the same login.
fn is_shared(name: &str, context: &Context) -> bool {
    let mut others = context.config.profiles.iter().filter(|(other, _)| *other != name);
    others.any(|(_, other)| other.account == context.profile.account && other.is_at(&context.origin))
}

fn unknown(name: &str, config: &Config) -> Failure {
    let mut failure = Failure::new(exit::NOT_FOUND, format!("no profile or account \"{name}\""));
    failure.faults = config.profiles.iter().map(|(name, known)| Fault::line(label(name, known))).collect();
    failure.next("use one of the above, or create one with `vitae login --email EMAIL`")
}

/// Formats a profile for messages.
fn label(name: &str, profile: &Profile) -> String {
    let server = context::server_of(profile).value;
    match &profile.account {
        Some(account) => format!("{name}: {account} at {server}"),
        None => format!("{name}: {server}"),
    }
}

/// The output row of a profile.
#[derive(Debug, Serialize)]
pub(crate) struct ProfileRow {
    name: String,
    current: bool,
    server: String,
    account: Option<String>,
    store: Option<StoreKind>,
    colour: Option<Colour>,
    protected: bool,
    read_only: bool,
}

impl ProfileRow {
    fn of(name: &str, profile: &Profile, current: bool) -> Self {
        Self {
            name: name.to_owned(),
            current,
            server: context::server_of(profile).value,
            account: profile.account.clone(),
            store: profile.store,
            colour: profile.colour,
            protected: profile.protected,
            read_only: profile.read_only,
        }
    }
}

impl Row for ProfileRow {
    const FIELDS: &'static [&'static str] =
        &["name", "current", "server", "account", "store", "colour", "protected", "read_only"];
    const COLUMNS: &'static [Column] = &[
        Column::fixed("NAME"),
        Column::fixed("CURRENT"),
        Column::text("SERVER"),
        Column::text("ACCOUNT"),
        Column::fixed("STORE"),
        Column::fixed("COLOUR"),
        Column::fixed("PROTECTED"),
        Column::fixed("READ-ONLY"),
    ];

    fn id(&self) -> String {
        self.name.clone()
    }

    fn cells(&self, _: bool) -> Vec<String> {
        let yes_or_no = |is_so| if is_so { "yes" } else { "no" }.to_owned();
        vec![
            self.name.clone(),
            yes_or_no(self.current),
            self.server.clone(),
            self.account.clone().unwrap_or_default(),
            self.store.map(StoreKind::as_str).unwrap_or_default().to_owned(),
            self.colour.map(Colour::name).unwrap_or_default().to_owned(),
            yes_or_no(self.protected),
            yes_or_no(self.read_only),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        Self::FIELDS.iter().copied().zip(self.cells(false)).collect()
    }
}
