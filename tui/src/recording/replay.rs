//! Replay of a recording without a server: the same messages produce the same frames.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde::Deserialize;
use serde_json::Deserializer;
use vitae_sdk::Timestamp;

use crate::app::effect::Effect;
use crate::app::message::Message;
use crate::app::model::Model;
use crate::app::update::update;
use crate::app::view::{plain, view};
use crate::client::ticket::Ticket;
use crate::recording::record::{FORMAT, Header, Line, asked};
use crate::terminal::text::acts;

/// The maximum width and height that is accepted from a recording.
const WIDEST: u16 = 1000;

/// The reason why a recording cannot be played.
#[derive(Debug)]
pub enum Unplayable {
    /// The file cannot be read.
    File(io::Error),
    /// The file is not a recording of a console.
    Foreign,
    /// It was recorded by a newer version: its version and format.
    Newer(String, u32),
    /// A line is invalid: its number and the error.
    Damaged(usize, String),
}

impl fmt::Display for Unplayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(_) => f.write_str("cannot read the file"),
            Self::Foreign => f.write_str("line 1: not a recording of a console"),
            Self::Newer(version, format) => {
                write!(
                    f,
                    "line 1: recorded by vitae {version} in format {format}; this version supports formats up to {FORMAT}"
                )
            }
            Self::Damaged(line, why) => write!(f, "line {line}: {why}"),
        }
    }
}

impl std::error::Error for Unplayable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File(error) => Some(error),
            Self::Foreign | Self::Newer(..) | Self::Damaged(..) => None,
        }
    }
}

/// The header fields common to all formats.
#[derive(Deserialize)]
struct Versioned {
    vitae_console: u32,
    #[serde(default)]
    version: String,
}

/// A recording with the replay position.
pub(crate) struct Replay {
    pub(crate) model: Model,
    lines: Vec<Line>,
    /// The number of replayed messages.
    pub(crate) at: usize,
    /// The pending requests of the model.
    asked: Vec<(Ticket, String)>,
}

impl Replay {
    pub(crate) fn open(path: &Path) -> Result<Self, Unplayable> {
        Self::read(&fs::read_to_string(path).map_err(Unplayable::File)?)
    }

    pub(crate) fn read(text: &str) -> Result<Self, Unplayable> {
        let first = Versioned::deserialize(&mut Deserializer::from_str(text));
        let Versioned { vitae_console: format, version } = first.map_err(|_| Unplayable::Foreign)?;
        if format > FORMAT {
            return Err(Unplayable::Newer(crate::terminal::text::escaped(&version), format));
        }
        let damaged = |error: serde_json::Error| {
            // The library also appends the line number.
            let why = error.to_string();
            let why = why.split(" at line ").next().unwrap_or_default();
            Unplayable::Damaged(error.line(), crate::terminal::text::escaped(why))
        };
        let mut values = Deserializer::from_str(text);
        let header = Header::deserialize(&mut values).map_err(damaged)?;
        let (model, effects) = header.begin().map_err(|why| Unplayable::Damaged(1, why))?;
        let lines = values.into_iter::<Line>().collect::<Result<_, _>>().map_err(damaged)?;
        let mut replay = Self { model, lines, at: 0, asked: Vec::new() };
        replay.follow(&effects);
        Ok(replay)
    }

    /// Returns the number of messages.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Returns the time of the last replayed message, in milliseconds from the start.
    pub(crate) fn played_at(&self) -> u64 {
        self.at.checked_sub(1).and_then(|at| self.lines.get(at)).map_or(0, |line| line.ms)
    }

    /// Returns the time of the next message, in milliseconds from the start; `None` at the end.
    pub(crate) fn next_at(&self) -> Option<u64> {
        self.lines.get(self.at).map(|line| line.ms)
    }

    /// Replays the next message and returns it; `None` at the end.
    pub(crate) fn step(&mut self) -> Option<(Message, Timestamp)> {
        let Line { now, to, mut message, .. } = self.lines.get(self.at)?.clone();
        self.at += 1;
        if let Some(ticket) = message.ticket_mut() {
            *ticket = self.answered(*ticket, to.as_deref());
        }
        self.model.now = now;
        let effects = update(&mut self.model, message.clone());
        self.follow(&effects);
        Some((message, now))
    }

    /// Returns the current frame as text.
    pub(crate) fn frame(&self) -> String {
        let (width, height) = self.model.appearance.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width.min(WIDEST), height.min(WIDEST)));
        self.draw(&mut buffer);
        plain(&buffer)
    }

    /// Draws the current frame; texts are escaped again, because a recording can be manipulated.
    pub(crate) fn draw(&self, buffer: &mut Buffer) {
        view(&self.model, buffer);
        for cell in &mut buffer.content {
            if acts(cell.symbol()) {
                cell.set_symbol("?");
            }
        }
    }

    fn follow(&mut self, effects: &[Effect]) {
        for effect in effects {
            self.asked.extend(asked(effect));
            if let Effect::Cancel(ticket) = effect {
                self.asked.retain(|(known, _)| known != ticket);
            }
        }
    }

    /// Returns the ticket to which a response belongs: the recorded one, or, if this version sends other requests than the
    /// recording one, the oldest pending request of the same kind.
    fn answered(&mut self, ticket: Ticket, to: Option<&str>) -> Ticket {
        let is_kind = |name: &str| to.is_none_or(|to| to == name);
        let exact = self.asked.iter().position(|(known, name)| *known == ticket && is_kind(name));
        let found = exact.or_else(|| self.asked.iter().position(|(_, name)| Some(name.as_str()) == to));
        found.map_or(ticket, |at| self.asked.remove(at).0)
    }
}

/// Prints every frame of a recording that differs from the previous one, as text.
pub fn print(path: &Path, out: &mut impl io::Write) -> Result<(), Unplayable> {
    let mut replay = Replay::open(path)?;
    let mut before = replay.frame();
    let written = |result: io::Result<()>| result.map_err(Unplayable::File);
    written(writeln!(out, "── begin ──\n{before}"))?;
    while let Some((message, _)) = replay.step() {
        let frame = replay.frame();
        if frame != before {
            let at = replay.at;
            written(writeln!(out, "── {at} of {}: {} ──\n{frame}", replay.len(), message.name()))?;
            before = frame;
        }
    }
    Ok(())
}
