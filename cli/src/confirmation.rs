//! Confirmation of destructive commands.

use crate::errors::Failure;
use crate::flags::Global;
use crate::{exit, prompt, runtime};

/// Asks for confirmation of a deletion, unless --yes is given.
pub(crate) async fn confirm(global: &Global, question: String) -> Result<(), Failure> {
    if global.yes {
        return Ok(());
    }
    let agreed = runtime::run_blocking(move || prompt::confirm(&question)).await?;
    if agreed { Ok(()) } else { Err(Failure::new(exit::FAILED, "cancelled: nothing was deleted")) }
}

/// Fails if a confirmation is required and there is no terminal to ask on.
pub(crate) fn require_confirmation(global: &Global, what: &str) -> Result<(), Failure> {
    if global.yes || prompt::is_possible() {
        return Ok(());
    }
    Err(Failure::usage(format!("{what} needs --yes where there is no terminal to ask on"))
        .next("add --yes to confirm"))
}
