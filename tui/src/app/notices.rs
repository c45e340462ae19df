//! Notices: messages to the user, with a log.

use std::collections::VecDeque;

use vitae_sdk::Timestamp;

use crate::client::error::ConsoleError;
use crate::terminal::theme::StyleRole;

/// The notices that the log keeps.
const LOGGED: usize = 500;

/// One message.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) at: Timestamp,
    pub(crate) style: StyleRole,
    pub(crate) text: String,
    /// The next step for the user.
    pub(crate) next: Option<String>,
    pub(crate) request_id: Option<String>,
}

/// The current notice, and the log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notices {
    /// The notice on the status line, until the next key.
    pub(crate) current: Option<Notice>,
    /// Every notice, the newest last.
    pub(crate) log: VecDeque<Notice>,
}

impl Notices {
    /// Shows a message on the status line, and logs it.
    pub(crate) fn say(&mut self, at: Timestamp, style: StyleRole, text: String) {
        self.add(Notice { at, style, text, next: None, request_id: None });
    }

    /// Shows and logs an error, unless it is the last entry of the log.
    pub(crate) fn error(&mut self, at: Timestamp, error: &ConsoleError) {
        let text = error.sentence();
        if !self.is_last(&text) {
            let ConsoleError { next, request_id, .. } = error.clone();
            self.add(Notice { at, style: StyleRole::Bad, text, next, request_id });
        }
    }

    /// Logs a message for debugging; the status line does not show it.
    pub(crate) fn debug(&mut self, at: Timestamp, text: String) {
        self.log(Notice { at, style: StyleRole::Dim, text, next: None, request_id: None });
    }

    /// Returns whether the last entry of the log has this text.
    pub(crate) fn is_last(&self, text: &str) -> bool {
        self.log.back().is_some_and(|last| last.text == text)
    }

    fn add(&mut self, notice: Notice) {
        self.current = Some(notice.clone());
        self.log(notice);
    }

    fn log(&mut self, notice: Notice) {
        self.log.push_back(notice);
        if self.log.len() > LOGGED {
            self.log.pop_front();
        }
    }
}
