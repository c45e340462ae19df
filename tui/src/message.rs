//! What happens to the console.

use crossterm::event::KeyCode;
use serde::{Deserialize, Serialize};
use vitae_sdk::{ResumeSummary, User};

use crate::hit::Target;
use crate::keep::Kept;
use crate::key::Key;
use crate::request::{Answer, Ticket};
use crate::theme::Rgb;
use crate::trouble::Trouble;

/// Something that happened, in the order in which it did.
#[derive(Debug, Clone, Serialize, Deserialize)]
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

impl Message {
    /// The request that it answers.
    pub(crate) fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Answer(ticket, _) | Self::Woken(ticket) | Self::Edited(ticket, _) => Some(*ticket),
            _ => None,
        }
    }

    pub(crate) fn ticket_mut(&mut self) -> Option<&mut Ticket> {
        match self {
            Self::Answer(ticket, _) | Self::Woken(ticket) | Self::Edited(ticket, _) => Some(ticket),
            _ => None,
        }
    }

    /// The same with a dot for everything that is typed.
    pub(crate) fn masked(&self) -> Self {
        match self {
            Self::Key(key) if key.typed().is_some() => Self::Key(Key::plain(KeyCode::Char('•'))),
            Self::Paste(text) => Self::Paste("•".repeat(text.chars().filter(|c| !c.is_control()).count())),
            other => other.clone(),
        }
    }

    /// What it is, in a word or two.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Key(key) => format!("key {key}"),
            Self::Paste(_) => "paste".to_owned(),
            Self::Mouse(..) => "mouse".to_owned(),
            Self::Resize(width, height) => format!("size {width}x{height}"),
            Self::Background(_) => "background".to_owned(),
            Self::Answer(..) => "answer".to_owned(),
            Self::Woken(_) => "timer".to_owned(),
            Self::Link(_) => "connection".to_owned(),
            Self::News(news) => crate::text::escaped(&news.subject),
            Self::Recalled(_) => "drafts".to_owned(),
            Self::NotKept(_) => "disk".to_owned(),
            Self::Edited(..) => "editor".to_owned(),
        }
    }
}

/// What came out of the editor; both where it broke after it had saved something.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Edited {
    pub(crate) text: Option<String>,
    pub(crate) trouble: Option<Trouble>,
}

/// What a mouse can do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MouseAct {
    Press,
    Drag,
    ScrollUp,
    ScrollDown,
}

/// How the stream of events fares.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct News {
    /// As in `users.user.deleted`.
    pub(crate) subject: String,
    pub(crate) about: About,
}

/// The object of an event, as it was after it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum About {
    User(Box<User>),
    Resume(Box<ResumeSummary>),
    Session,
    Other,
}
