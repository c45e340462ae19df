//! Effects: work outside the model, as plain data.

use std::time::Duration;

use vitae_sdk::UserId;

use crate::client::request::{Login, Request};
use crate::client::ticket::Ticket;
use crate::persistence::undo::Step;
use vitae_sdk_workspace::Draft;

/// Something for the loop or the executor to do.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// Ask the server; the response comes back as a message.
    Send(Ticket, Request),
    /// Log in, and use that login from then on; the response comes back as a message.
    LogIn(Ticket, Login),
    /// Cancel the request or timer with this ticket.
    Cancel(Ticket),
    /// Follow what happens at the server, from now on.
    Watch,
    /// Say the ticket's time has come, after a while.
    Wake(Ticket, Duration),
    /// Write down what shall be there after a restart.
    Store(StoreChange),
    /// Bring back what this person left at this server.
    LoadState { server: String, who: UserId },
    /// Open a text in the person's own editor, at a line; what comes out comes back as a message.
    Edit { ticket: Ticket, key: String, text: String, line: Option<usize> },
    /// Put a text on the clipboard of the terminal's user (OSC 52).
    Copy(String),
    /// Give the terminal back until the program is continued.
    Suspend,
    /// End.
    Quit,
}

/// Something that outlives the console.
#[derive(Debug, Clone)]
pub(crate) enum StoreChange {
    Draft(Box<Draft>),
    DropDraft(String),
    /// A step whose objects have all been changed.
    Step(Box<Step>),
    /// A step whose objects are about to be changed, in their order; [`StoreChange::Begun`] counts them.
    Planned(Box<Step>),
    /// The next object of a planned step is about to be changed.
    Begun(String),
    DropStep(String),
    /// The columns of each kind of list, by their names.
    Columns(Vec<(String, Vec<String>)>),
}
