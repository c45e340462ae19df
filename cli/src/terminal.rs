//! Terminal settings that are restored after a prompt.

#[cfg(unix)]
use std::io;

#[cfg(unix)]
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Saved terminal settings, restored on drop.
///
/// The password prompt disables echo, and a signal can end the program during the prompt.
#[cfg(unix)]
pub(crate) struct TerminalMode(Option<Termios>);

#[cfg(unix)]
impl TerminalMode {
    pub(crate) fn capture() -> Self {
        Self(tcgetattr(io::stdin()).ok())
    }

    /// Disables echo before the prompt is printed, so that early typing is hidden too.
    pub(crate) fn disable_echo(&self) {
        if let Some(mut mode) = self.0.clone() {
            mode.local_modes.remove(LocalModes::ECHO);
            // Best effort: the prompt disables echo itself.
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

/// On other platforms the prompt library restores the terminal.
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
