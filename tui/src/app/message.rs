//! Messages: input, responses and other events.

use crossterm::event::KeyCode;
use serde::{Deserialize, Serialize};
use vitae_sdk::{ResumeSummary, User};

use crate::client::error::ConsoleError;
use crate::client::request::Response;
use crate::client::ticket::Ticket;
use crate::persistence::store::StoredState;
use crate::terminal::key::Key;
use crate::terminal::theme::Rgb;
use crate::widgets::hit_test::Target;

/// Something that happened, in the order in which it did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Message {
    Key(Key),
    /// A text that the terminal says was pasted.
    Paste(String),
    /// A mouse action and its target.
    Mouse(MouseAction, Option<Target>),
    Resize(u16, u16),
    /// The background colour that the terminal reports.
    Background(Rgb),
    #[serde(rename = "Answer")]
    Response(Ticket, Result<Response, ConsoleError>),
    /// The time of a ticket has come.
    Woken(Ticket),
    Link(Link),
    #[serde(rename = "News")]
    LiveUpdate(Box<LiveUpdate>),
    /// The stored state of an earlier console.
    #[serde(rename = "Recalled")]
    StateLoaded(Box<StoredState>),
    /// Why something cannot be written down.
    #[serde(rename = "NotKept")]
    StoreFailed(String),
    /// The result of the editor.
    Edited(Ticket, Edited),
}

impl Message {
    /// The request that it answers.
    pub(crate) fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Response(ticket, _) | Self::Woken(ticket) | Self::Edited(ticket, _) => Some(*ticket),
            Self::Key(_)
            | Self::Paste(_)
            | Self::Mouse(..)
            | Self::Resize(..)
            | Self::Background(_)
            | Self::Link(_)
            | Self::LiveUpdate(_)
            | Self::StateLoaded(_)
            | Self::StoreFailed(_) => None,
        }
    }

    pub(crate) fn ticket_mut(&mut self) -> Option<&mut Ticket> {
        match self {
            Self::Response(ticket, _) | Self::Woken(ticket) | Self::Edited(ticket, _) => Some(ticket),
            Self::Key(_)
            | Self::Paste(_)
            | Self::Mouse(..)
            | Self::Resize(..)
            | Self::Background(_)
            | Self::Link(_)
            | Self::LiveUpdate(_)
            | Self::StateLoaded(_)
            | Self::StoreFailed(_) => None,
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

    /// Returns a short name of the message.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Key(key) => format!("key {key}"),
            Self::Paste(_) => "paste".to_owned(),
            Self::Mouse(..) => "mouse".to_owned(),
            Self::Resize(width, height) => format!("size {width}x{height}"),
            Self::Background(_) => "background".to_owned(),
            Self::Response(..) => "answer".to_owned(),
            Self::Woken(_) => "timer".to_owned(),
            Self::Link(_) => "connection".to_owned(),
            Self::LiveUpdate(live_update) => crate::terminal::text::escaped(&live_update.subject),
            Self::StateLoaded(_) => "drafts".to_owned(),
            Self::StoreFailed(_) => "disk".to_owned(),
            Self::Edited(..) => "editor".to_owned(),
        }
    }
}

/// The result of the editor; it has a text and an error if the editor failed after it had saved.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Edited {
    pub(crate) text: Option<String>,
    #[serde(rename = "trouble")]
    pub(crate) error: Option<ConsoleError>,
}

/// The supported mouse actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MouseAction {
    Press,
    Drag,
    ScrollUp,
    ScrollDown,
}

/// The state of the event stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Link {
    /// It is connected, and goes on where it was.
    Up,
    /// It is connected, and events were missed.
    Gap,
    /// The connection is lost; it is being made again.
    Down,
    /// It has ended for good.
    Ended(ConsoleError),
}

/// One event of the server, as far as lists care.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LiveUpdate {
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
