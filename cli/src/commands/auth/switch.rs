//! `vitae auth switch`

use clap::Args;
use vitae_contracts_core::fold;

use crate::command_metadata::{CommandMetadata, exits};
use crate::commands::profiles::row::{ProfileRow, label, unknown};
use crate::commands::profiles::select::select;
use crate::config::{self, Config, Profile};
use crate::errors::{ErrorDetail, Failure};
use crate::output::{Output, Row as _};
use crate::{exit, prompt};

const METADATA: CommandMetadata = CommandMetadata::new(ProfileRow::FIELDS, exits::PROFILE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Without a name, switches to the other login if there are two, and asks on a terminal if there are more.

Examples:
  vitae auth switch
  vitae auth switch bob@example.com
  vitae auth switch staging"), add = METADATA)]
pub(crate) struct SwitchArgs {
    /// A profile or an account
    #[arg(value_name = "PROFILE|EMAIL")]
    to: Option<String>,
}

/// Switches to another login, by profile or account.
pub(super) fn run(options: &SwitchArgs, output: &mut Output) -> Result<(), Failure> {
    let config = Config::read(&config::directory()?)?;
    let wanted = options.to.as_deref();
    let account = wanted.map(fold);
    let is_match = |name: &str, profile: &Profile| match wanted {
        Some(wanted) => name == wanted || profile.account == account,
        None => profile.account.is_some() && config.current.as_deref() != Some(name),
    };
    let candidates: Vec<_> =
        config.profiles.iter().filter(|(name, profile)| is_match(name, profile)).collect();
    let exact = candidates.iter().find(|(name, _)| Some(name.as_str()) == wanted);
    if let Some((name, _)) = exact {
        return select(name, output);
    }
    match (candidates.as_slice(), wanted) {
        ([(name, _)], _) => select(name, output),
        ([], Some(wanted)) => Err(unknown(wanted, &config)),
        ([], None) => Err(Failure::new(exit::NOT_FOUND, "no other login to switch to")
            .next("log in with `vitae login --email EMAIL`")),
        (many, _) if prompt::is_possible() => {
            let names: Vec<String> = many.iter().map(|(name, profile)| label(name, profile)).collect();
            let chosen = prompt::choice("Switch to", &names)?;
            select(many[chosen].0, output)
        }
        (many, _) => {
            let mut failure = Failure::usage("several logins to switch to");
            failure.details =
                many.iter().map(|(name, profile)| ErrorDetail::new(label(name, profile))).collect();
            Err(failure.next("name one: vitae auth switch PROFILE"))
        }
    }
}
