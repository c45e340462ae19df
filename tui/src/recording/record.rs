//! Recording of a session, for bug reports.
//!
//! One JSON value per line (documents keep their own line breaks): first the initial state of the console,
//! then every message with its time. Text typed into a secret field is recorded as
//! dots; no message contains tokens.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use vitae_sdk::Timestamp;

use crate::app::action::{ACTIONS, current_name};
use crate::app::effect::Effect;
use crate::app::keymap::Keymap;
use crate::app::location::Location;
use crate::app::message::Message;
use crate::app::model::Model;
use crate::app::session::Profile;
use crate::app::update::start;
use crate::client::ticket::Ticket;
use crate::terminal::theme::{Depth, Theme};

/// The format that is written, and the newest that is read. Increased when older readers would misread it.
pub(crate) const FORMAT: u32 = 1;

/// The initial state of the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// The format of the file.
    pub(crate) vitae_console: u32,
    /// The version of the program.
    pub(crate) version: String,
    now: Timestamp,
    size: (u16, u16),
    server: String,
    email: String,
    has_login: bool,
    place: Option<String>,
    profile: Profile,
    theme: Theme,
    follows_background: bool,
    depth: Depth,
    keys: BTreeMap<String, Vec<String>>,
    columns: Vec<(String, Vec<String>)>,
    seed: String,
}

/// One message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Milliseconds since the console began.
    pub(crate) ms: u64,
    pub(crate) now: Timestamp,
    /// The request to which it is the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
    pub(crate) message: Message,
}

impl Header {
    /// Creates the header for a model.
    pub(crate) fn of(model: &Model, has_login: bool, email: &str, place: Option<&str>) -> Self {
        let keys = ACTIONS.iter().map(|entry| {
            let keys = model.appearance.keymap.keys(entry.action).iter().map(ToString::to_string);
            (entry.name.to_owned(), keys.collect())
        });
        Self {
            vitae_console: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: model.now,
            size: model.appearance.size,
            server: model.session.server.clone(),
            email: email.to_owned(),
            has_login,
            place: place.map(str::to_owned),
            profile: model.session.profile.clone(),
            theme: model.appearance.theme,
            follows_background: model.appearance.follows_background,
            depth: model.appearance.depth,
            keys: keys.collect(),
            columns: crate::client::columns::names_of(&model.appearance.columns),
            seed: model.seed.clone(),
        }
    }

    /// Returns the initial model and its first effects.
    pub(crate) fn begin(&self) -> Result<(Model, Vec<Effect>), String> {
        // Removed actions have no keys; new ones get the free ones.
        let is_known = |name: &str| ACTIONS.iter().any(|entry| entry.name == current_name(name));
        let keys = self.keys.iter().filter(|(name, _)| is_known(name));
        let keys = keys.map(|(name, keys)| (name.clone(), keys.clone())).collect();
        let keymap = Keymap::new(&keys).map_err(|error| error.to_string())?;
        let place = self.place.as_deref().map(Location::parse).transpose()?;
        let mut model = Model::new(self.server.clone(), self.profile.clone(), keymap, self.theme, self.depth);
        (model.appearance.size, model.now, model.seed) = (self.size, self.now, self.seed.clone());
        model.appearance.follows_background = self.follows_background;
        model.appearance.columns = crate::client::columns::chosen_by(&self.columns);
        let effects = start(&mut model, self.has_login, &self.email, place);
        Ok((model, effects))
    }
}

/// Returns the ticket of an effect that gets a response, with the request's name.
pub(crate) fn asked(effect: &Effect) -> Option<(Ticket, String)> {
    match effect {
        Effect::Send(ticket, request) => Some((*ticket, request.name().to_owned())),
        Effect::LogIn(ticket, _) => Some((*ticket, "LogIn".to_owned())),
        Effect::Wake(ticket, _) => Some((*ticket, "Wake".to_owned())),
        Effect::Edit { ticket, .. } => Some((*ticket, "Edit".to_owned())),
        _ => None,
    }
}

/// The writer of a recording.
pub(crate) struct Recorder {
    file: File,
    began: Timestamp,
    /// The pending requests.
    asked: HashMap<Ticket, String>,
}

impl Recorder {
    /// Creates a file readable by its owner only; fails if the file exists.
    pub(crate) fn create(path: &Path, header: &Header) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut recorder = Self { file: options.open(path)?, began: header.now, asked: HashMap::new() };
        recorder.write(header)?;
        Ok(recorder)
    }

    /// Writes a message that is about to be handled.
    pub(crate) fn happens(&mut self, model: &Model, message: &Message) -> io::Result<()> {
        let to = message.ticket().and_then(|ticket| self.asked.remove(&ticket));
        let since = model.now.as_millis().saturating_sub(self.began.as_millis());
        let message = if model.types_secret() { message.masked() } else { message.clone() };
        self.write(&Line { ms: u64::try_from(since).unwrap_or_default(), now: model.now, to, message })
    }

    /// Records new pending requests.
    pub(crate) fn follows(&mut self, effects: &[Effect]) {
        self.asked.extend(effects.iter().filter_map(asked));
    }

    /// Writes a value and flushes it, so that after a crash the recording contains what led to it.
    fn write(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(value)?;
        text.push(b'\n');
        self.file.write_all(&text)
    }
}
