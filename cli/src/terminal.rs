//! The mode of the terminal, put back however a question ends.

#[cfg(unix)]
use std::io;

#[cfg(unix)]
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// How the terminal behaves now; it does so again when this is dropped.
///
/// The password prompt turns echo and signals off, and a signal can end the program meanwhile.
#[cfg(unix)]
pub(crate) struct TerminalMode(Option<Termios>);

#[cfg(unix)]
impl TerminalMode {
    pub(crate) fn capture() -> Self {
        Self(tcgetattr(io::stdin()).ok())
    }

    /// Shows no more of what is typed: from before the question on, for some type fast.
    pub(crate) fn disable_echo(&self) {
        if let Some(mut mode) = self.0.clone() {
            mode.local_modes.remove(LocalModes::ECHO);
            // Best effort, as all of this: the prompt itself does it once more.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &mode);
        }
    }
}

#[cfg(unix)]
impl Drop for TerminalMode {
    fn drop(&mut self) {
        if let Some(mode) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, mode);
        }
    }
}

/// Elsewhere the prompt looks after it alone.
#[cfg(not(unix))]
pub(crate) struct TerminalMode;

#[cfg(not(unix))]
impl TerminalMode {
    pub(crate) fn capture() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "the same shape as on Unix")]
    pub(crate) fn disable_echo(&self) {}
}
