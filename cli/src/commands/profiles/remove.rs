//! `vitae profiles remove`

use clap::Args;

use super::row::{ProfileRow, label, print_if_requested, unknown};
use crate::command_metadata::{CommandMetadata, exits};
use crate::commands::auth::logout::end_login;
use crate::config::{self, Config};
use crate::confirmation::require_confirmation;
use crate::context::Context;
use crate::errors::Failure;
use crate::flags::Global;
use crate::output::{Output, Row as _};
use crate::{exit, prompt};

const METADATA: CommandMetadata = CommandMetadata::new(ProfileRow::FIELDS, exits::LOGOUT);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
If the profile has a login, asks for confirmation on a terminal; scripts need --yes.

Examples:
  vitae profiles remove staging
  vitae profiles remove staging --yes --local   # the server no longer exists"), add = METADATA)]
pub(crate) struct RemoveArgs {
    /// The profile's name
    name: String,
    /// Remove the login without contacting the server
    #[arg(long)]
    local: bool,
}

pub(super) fn run(global: &Global, options: &RemoveArgs, output: &mut Output) -> Result<(), Failure> {
    let name = options.name.as_str();
    let directory = config::directory()?;
    let config = Config::read(&directory)?;
    let Some(profile) = config.profiles.get(name).cloned() else {
        return Err(unknown(name, &config));
    };
    let context = Context::of_profile(name, config, directory.clone(), global)?;
    if profile.account.is_some() && !is_shared(name, &context) {
        require_confirmation(global, "removing a profile with its login")?;
        if !global.yes {
            let question = format!("Log out of {} and remove it?", label(name, &profile));
            if !prompt::confirm(&question)? {
                return Err(Failure::new(exit::FAILED, "cancelled: nothing was removed"));
            }
        }
        end_login(context, options.local, output)?;
    }
    Config::change(&directory, |draft| {
        draft.remove(name);
        Ok(())
    })?;
    output.note(format_args!("removed profile {name}"));
    print_if_requested(&ProfileRow::of(name, &profile, false), output)
}

/// Whether another profile uses the same login.
fn is_shared(name: &str, context: &Context) -> bool {
    let mut others = context.config.profiles.iter().filter(|(other, _)| *other != name);
    others.any(|(_, other)| other.account == context.profile.account && other.is_at(&context.origin))
}
