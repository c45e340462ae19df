//! The options of the console, and how it ends.

use std::io;
use std::path::PathBuf;

use vitae_sdk::Client;

use crate::app::keymap::Keymap;
use crate::app::session::Profile;
use crate::client::executor::Connect;
use crate::terminal::setup::RenderMode;
use crate::terminal::theme::{Depth, Theme};
use vitae_sdk_workspace::Editor;

/// The options of the console.
pub struct Options {
    /// The server's address.
    pub server: String,
    /// A client with a login; without one the console asks for it.
    pub client: Option<Client>,
    /// The e-mail to suggest for a login.
    pub email: String,
    /// Makes the client for a login that is typed.
    pub connect: Connect,
    /// Which profile of the configuration this is.
    pub profile: Profile,
    /// Which key does what.
    pub keymap: Keymap,
    /// The colours to begin with.
    pub theme: Theme,
    /// Whether the terminal is asked for its background, which then decides between light and dark.
    pub follows_background: bool,
    /// How many colours the terminal has.
    pub depth: Depth,
    /// How the terminal is used.
    pub mode: RenderMode,
    /// The directory of drafts, undo steps and column choices; none stores nothing.
    pub home: Option<PathBuf>,
    /// Edits documents.
    pub editor: Editor,
    /// Where to write down what happens, so that it can be played again.
    pub record: Option<PathBuf>,
    /// Where to begin: an address (`vitae://…`) or what could be typed after a colon.
    pub place: Option<String>,
}

/// How the console ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Somebody left it.
    Quit,
    /// A signal of this number ended it.
    Signal(i32),
}

/// Why the console could not be opened, or broke.
#[derive(Debug)]
pub enum Failed {
    /// Standard input and output are not both a terminal.
    NoTerminal,
    /// The place to begin at leads nowhere; why.
    NoPlace(String),
    /// The file of the recording cannot be made.
    Record(PathBuf, io::Error),
    /// The terminal failed.
    Terminal(io::Error),
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoTerminal => f.write_str("the console needs a terminal for input and output"),
            Self::NoPlace(why) => write!(f, "cannot open the start screen: {why}"),
            Self::Record(path, _) => write!(f, "cannot record to {}", path.display()),
            Self::Terminal(_) => f.write_str("the terminal failed"),
        }
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Record(_, error) | Self::Terminal(error) => Some(error),
            Self::NoTerminal | Self::NoPlace(_) => None,
        }
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Terminal(error)
    }
}
