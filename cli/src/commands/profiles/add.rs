//! `vitae profiles add`

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use vitae_contracts_core::fold;
use vitae_tui::Colour;

use super::row::{ProfileRow, label, print_if_requested};
use crate::command_metadata::{CommandMetadata, exits};
use crate::config::{self, Config, Profile};
use crate::errors::Failure;
use crate::flags::Global;
use crate::output::{Output, Row as _};
use crate::{exit, profiles, settings};

const METADATA: CommandMetadata = CommandMetadata::new(ProfileRow::FIELDS, exits::PROFILE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
The server is --server, or else VITAE_SERVER. An existing profile is not changed.

Examples:
  vitae profiles add staging --server https://staging.example
  vitae profiles add staging --server https://staging.example --account ada@example.com
  vitae profiles add prod --server https://vitae.example --colour purple --protected"), add = METADATA)]
pub(crate) struct AddArgs {
    /// The name: letters, digits and -_.@
    name: String,
    /// E-mail of the account
    #[arg(long, value_name = "EMAIL")]
    account: Option<String>,
    /// Background colour of the console's bar
    #[arg(long, value_parser = colour())]
    colour: Option<Colour>,
    /// In the console, ask for the name to be typed before a deletion
    #[arg(long)]
    protected: bool,
    /// Start the console read-only
    #[arg(long)]
    read_only: bool,
}

fn colour() -> impl TypedValueParser<Value = Colour> {
    let names = Colour::ALL.iter().map(|(name, _)| *name);
    PossibleValuesParser::new(names).try_map(|name| {
        let known = Colour::ALL.iter().find(|(known, _)| *known == name);
        known.map(|(_, colour)| *colour).ok_or("unknown colour")
    })
}

pub(super) fn run(global: &Global, options: &AddArgs, output: &mut Output) -> Result<(), Failure> {
    let name = options.name.as_str();
    profiles::check_name(name)?;
    let Some(server) = settings::given_server(global) else {
        return Err(Failure::usage("a profile needs a server").next("specify its address with --server URL"));
    };
    settings::origin_of(&server)?;
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
            draft.set_profile(name, &profile);
            Ok(())
        }
    })?;
    output.note(format_args!("added {}; log in with `vitae login --profile {name}`", label(name, &profile)));
    let current = Config::read(&directory)?.current;
    print_if_requested(&ProfileRow::of(name, &profile, current.as_deref() == Some(name)), output)
}
