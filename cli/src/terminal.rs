//! The manner of the terminal, put back however a question ends.

#[cfg(unix)]
use std::io;

#[cfg(unix)]
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// How the terminal behaves now; it does so again when this is dropped.
///
/// The password prompt turns echo and signals off, and a signal can end the program meanwhile.
#[cfg(unix)]
pub(crate) struct Manner(Option<Termios>);

#[cfg(unix)]
impl Manner {
    pub(crate) fn now() -> Self {
        Self(tcgetattr(io::stdin()).ok())
    }

    /// Shows no more of what is typed: from before the question on, for some type fast.
    pub(crate) fn hush(&self) {
        if let Some(mut manner) = self.0.clone() {
            manner.local_modes.remove(LocalModes::ECHO);
            // Best effort, as all of this: the prompt itself does it once more.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &manner);
        }
    }
}

#[cfg(unix)]
impl Drop for Manner {
    fn drop(&mut self) {
        if let Some(manner) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, manner);
        }
    }
}

/// Elsewhere the prompt looks after it alone.
#[cfg(not(unix))]
pub(crate) struct Manner;

#[cfg(not(unix))]
impl Manner {
    pub(crate) fn now() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "the same shape as on Unix")]
    pub(crate) fn hush(&self) {}
}
