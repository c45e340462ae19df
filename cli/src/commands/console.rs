//! `vitae console`

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use vitae_contracts_core::fold;
use vitae_sdk::{Client, MemoryStore, StoreErrorKind, TokenStore as _};
use vitae_tui::{
    Connect, Depth, Editor, Ended, Failed, Keymap, Options, Profile, RenderMode, Theme, Unplayable, Unplayed,
};

use crate::command_metadata::{CommandMetadata, exits};
use crate::config::{self, ConsoleSettings, StoreKind};
use crate::context::{Context, LoginStore};
use crate::errors::Failure;
use crate::flags::Global;
use crate::{exit, settings};

const METADATA: CommandMetadata = CommandMetadata::new(&[], exits::WRITE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Keys: ? shows the available actions, ctrl-p searches all actions, : opens a location, q quits. Without a stored login
the console asks for one, which ends with the console.

Settings in the table [console] of config.toml: theme = \"auto\", mouse = true, and in [console.keys] the keys of
each action, such as quit = [\"ctrl-q\"]; in [profiles.NAME] colour = \"purple\", protected = true, read_only = true.
NO_COLOR disables colours. VITAE_ACCESSIBLE=1, or accessible = true in [console], has the effect of --accessible.

Examples:
  vitae console
  vitae console 'users role=admin'
  vitae console 'vitae://resumes?tag=rust&sort=title'
  vitae console --record trouble.jsonl     # contains names and resumes: only you can read the file
  vitae console --replay trouble.jsonl"), add = METADATA)]
pub(crate) struct Console {
    /// First location: an address copied from the console, or text as after its colon
    #[arg(value_name = "LOCATION")]
    location: Option<String>,
    /// Colour theme: auto (follows the terminal's background), dark, light or contrast [default: auto]
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
    /// Print sentences line by line, for screen readers and simple terminals
    #[arg(long)]
    accessible: bool,
    /// Start read-only; ctrl-r ends it
    #[arg(long)]
    read_only: bool,
    /// Record the session to a new file for --replay; passwords are masked
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    record: Option<PathBuf>,
    /// Replay a recording without a server: space pauses, n steps, q quits; in a pipe, print its frames
    #[arg(long, value_name = "FILE", conflicts_with = "location")]
    replay: Option<PathBuf>,
    /// Leave the mouse to the terminal, to select text
    #[arg(long)]
    no_mouse: bool,
}

/// Time limit of the check for a keyring, which delays the first frame.
const KEYRING_TIMEOUT: Duration = Duration::from_millis(300);

/// Opens the console, and returns when it is closed.
pub(super) fn run(global: &Global, options: Console) -> Result<(), Failure> {
    if let Some(recording) = &options.replay {
        return replay(recording);
    }
    let mut context = Context::of(global, true)?;
    context.network = context.network.without_retry_notices();
    let settings = context.config.console.clone();
    let file = config::file_in(&context.directory).display().to_string();
    let theme = match options.theme.as_deref().or(settings.theme.as_deref()) {
        None | Some("auto") => None,
        Some(name) => Some(Theme::named(name).ok_or_else(|| unknown_theme(name))?),
    };
    let keymap = Keymap::new(&settings.keys)
        .map_err(|error| Failure::new(exit::FAILED, format!("{file}: [console.keys]: {error}")))?;
    let login = usable_login(&context);
    let options = Options {
        server: context.server.value.clone(),
        email: context.profile.account.clone().unwrap_or_default(),
        profile: Profile {
            name: context.profile_name.value.clone(),
            is_protected: context.config.protects(&context.profile_name.value),
            is_read_only: options.read_only || context.profile.read_only,
            colour: context.profile.colour,
        },
        keymap,
        theme: theme.unwrap_or_else(|| Theme::of(settings::variable)),
        follows_background: theme.is_none(),
        depth: Depth::of(settings::variable),
        mode: render_mode(&options, &settings),
        home: Some(context.directory.join("console")),
        editor: Editor::of(settings::variable),
        record: options.record,
        place: options.location,
        connect: connect(&context, login.is_some()),
        client: login.map(|store| Ok::<_, Failure>(context.connect_with(store)?.client)).transpose()?,
    };
    match vitae_tui::run(options) {
        Ok(ended) => ended_by(ended),
        Err(error) => Err(failure(&error)),
    }
}

/// Returns the store of the login; `None` if there is no login or no keyring, so that the console asks
/// for a login.
fn usable_login(context: &Context) -> Option<LoginStore> {
    let store = context.login_store().ok()?;
    if let LoginStore::Keyring(keyring) = &store {
        // A locked keyring may ask for its password: only its absence is decided here.
        let loaded = keyring.clone().timeout(KEYRING_TIMEOUT).load();
        if loaded.is_err_and(|error| error.kind() == StoreErrorKind::Absent) {
            return None;
        }
    }
    Some(store)
}

/// Creates clients for logins in the console: the login of the profile is stored in its store,
/// any other is kept in memory. Without a usable store all are kept in memory.
fn connect(context: &Context, has_store: bool) -> Connect {
    let kept = context.profile.account.clone();
    let (origin, directory) = (context.origin.clone(), context.directory.clone());
    let kind = context.profile.store.unwrap_or(StoreKind::Keyring);
    let own = kept.as_deref().filter(|_| has_store).and_then(|account| context.store(kind, account).ok());
    let network = context.network.clone();
    Arc::new(move |server, email| {
        let typed = vitae_sdk::server_origin(server).map_err(|error| error.to_string())?;
        let is_own = typed == origin && kept.as_deref() == Some(&*fold(email));
        let builder = match own.clone().filter(|_| is_own) {
            Some(store) => store.configure(Client::builder()),
            None => Client::builder().token_store(MemoryStore::new()),
        };
        let builder = builder
            .base_url(server)
            .lock_dir(directory.join("locks"))
            .user_agent(concat!("vitae/", env!("CARGO_PKG_VERSION")))
            .keep_idle_connections(true);
        let builder = network.configure(builder).map_err(|failure| failure.message.clone())?;
        builder.build().map_err(|error| error.to_string())
    })
}

/// Selects the full-screen or the accessible mode.
fn render_mode(options: &Console, settings: &ConsoleSettings) -> RenderMode {
    let is_dumb = settings::variable("TERM").is_some_and(|term| term == "dumb");
    let is_wanted = match settings::variable("VITAE_ACCESSIBLE") {
        Some(wanted) => wanted != "0",
        None => settings.accessible.unwrap_or_default(),
    };
    if options.accessible || is_wanted || is_dumb {
        return RenderMode::Lines { is_dumb };
    }
    RenderMode::Cells { has_mouse: !options.no_mouse && settings.mouse.unwrap_or(true) }
}

/// Replays a recording on the terminal, or prints it without one.
fn replay(recording: &Path) -> Result<(), Failure> {
    let unplayable = |error: &Unplayable| {
        let what = format!("cannot play {}: {error}", recording.display());
        match error {
            Unplayable::File(cause) => Failure::io(format_args!("play {}", recording.display()), cause),
            Unplayable::Newer(..) => {
                Failure::new(exit::FAILED, what).next("replay it with the version that recorded it")
            }
            Unplayable::Foreign | Unplayable::Damaged(..) => {
                Failure::new(exit::FAILED, what).next("record it again with `vitae console --record FILE`")
            }
        }
    };
    let (stdin, mut stdout) = (io::stdin(), io::stdout());
    if !stdin.is_terminal() || !stdout.is_terminal() {
        return vitae_tui::print(recording, &mut stdout).map_err(|error| unplayable(&error));
    }
    match vitae_tui::play(recording, Depth::of(settings::variable)) {
        Ok(ended) => ended_by(ended),
        Err(Unplayed::Recording(error)) => Err(unplayable(&error)),
        Err(Unplayed::Terminal(error)) => Err(Failure::io("use the terminal", &error)),
    }
}

fn ended_by(ended: Ended) -> Result<(), Failure> {
    match ended {
        Ended::Quit => Ok(()),
        Ended::Signal(number) => {
            let code = u8::try_from(128 + number).unwrap_or(exit::FAILED);
            Err(Failure::new(code, "the console was ended by a signal"))
        }
    }
}

fn unknown_theme(name: &str) -> Failure {
    let known: Vec<_> = Theme::ALL.iter().map(|(name, _)| *name).collect();
    Failure::usage(format!("unknown theme {name:?}")).next(format!("use one of auto, {}", known.join(", ")))
}

fn failure(error: &Failed) -> Failure {
    match error {
        Failed::NoTerminal => Failure::usage(error.to_string()).next("run it in a terminal, without a pipe"),
        Failed::NoPlace(_) => Failure::usage(error.to_string()).next("see `vitae console --help`"),
        Failed::Record(path, cause) => Failure::io(format_args!("record to {}", path.display()), cause)
            .next("name a new file in a writable directory"),
        Failed::Terminal(cause) => Failure::io("use the terminal", cause),
    }
}
