//! Selection of the current profile, by `profiles use` and `auth switch`.

use vitae_sdk::StaticToken;

use super::row::{ProfileRow, label, print_if_requested, unknown};
use crate::config::{self, Config, Profile};
use crate::errors::Failure;
use crate::output::Output;
use crate::settings;

/// Sets the current profile.
pub(crate) fn select(name: &str, output: &mut Output) -> Result<(), Failure> {
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
        if settings::variable(variable).is_some() {
            output.note(format_args!("warning: {variable} is set and takes precedence over the profile"));
        }
    }
    print_if_requested(&ProfileRow::of(name, &chosen, true), output)
}
