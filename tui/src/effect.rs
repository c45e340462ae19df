//! What the console wants done outside of itself, as plain data.

use std::time::Duration;

use crate::request::{Login, Request, Ticket};

/// Something for the loop or the executor to do.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// Ask the server; the answer comes back as a message.
    Ask(Ticket, Request),
    /// Log in, and use that login from then on; the answer comes back as a message.
    LogIn(Ticket, Login),
    /// Nobody waits for this answer any more.
    Cancel(Ticket),
    /// Follow what happens at the server, from now on.
    Watch,
    /// Say the ticket's time has come, after a while.
    Wake(Ticket, Duration),
    /// Put a text on the clipboard of whoever looks at the terminal (OSC 52).
    Copy(String),
    /// Give the terminal back until somebody continues the program.
    Suspend,
    /// End.
    Quit,
}
