//! What happens to the console.

use vitae_sdk::{ResumeSummary, User};

use crate::hit::Target;
use crate::keep::Kept;
use crate::key::Key;
use crate::request::{Answer, Ticket};
use crate::theme::Rgb;
use crate::trouble::Trouble;

/// Something that happened, in the order in which it did.
#[derive(Debug, Clone)]
pub(crate) enum Message {
    Key(Key),
    /// A text that the terminal says was pasted.
    Paste(String),
    /// What the mouse did, and to what.
    Mouse(MouseAct, Option<Target>),
    Resize(u16, u16),
    /// What the terminal says its background is.
    Background(Rgb),
    Answer(Ticket, Result<Answer, Trouble>),
    /// The time of a ticket has come.
    Woken(Ticket),
    Link(Link),
    News(Box<News>),
    /// What was left by an earlier console.
    Recalled(Box<Kept>),
    /// Why something cannot be written down.
    NotKept(String),
    /// What came out of the editor.
    Edited(Ticket, Edited),
}

/// What came out of the editor; both where it broke after it had saved something.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edited {
    pub(crate) text: Option<String>,
    pub(crate) trouble: Option<Trouble>,
}

/// What a mouse can do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MouseAct {
    Press,
    Drag,
    ScrollUp,
    ScrollDown,
}

/// How the stream of events fares.
#[derive(Debug, Clone)]
pub(crate) enum Link {
    /// It is connected, and goes on where it was.
    Up,
    /// It is connected, and events were missed.
    Gap,
    /// The connection is lost; it is being made again.
    Down,
    /// It has ended for good.
    Ended(Trouble),
}

/// One event of the server, as far as lists care.
#[derive(Debug, Clone)]
pub(crate) struct News {
    /// As in `users.user.deleted`.
    pub(crate) subject: String,
    pub(crate) about: About,
}

/// The object of an event, as it was after it.
#[derive(Debug, Clone)]
pub(crate) enum About {
    User(Box<User>),
    Resume(Box<ResumeSummary>),
    Session,
    Other,
}
