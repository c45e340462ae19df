//! A recording, played again without a server: the same messages, so the same frames.

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

/// No terminal is wider or higher, whatever a recording says.
const WIDEST: u16 = 1000;

/// Why a recording cannot be played.
#[derive(Debug)]
pub enum Unplayable {
    /// The file cannot be read.
    File(io::Error),
    /// It is no recording of a console.
    Foreign,
    /// It was made by a newer program: its version, and its format.
    Newer(String, u32),
    /// This line is damaged; how.
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

/// What every recording says, whatever its format.
#[derive(Deserialize)]
struct Versioned {
    vitae_console: u32,
    #[serde(default)]
    version: String,
}

/// A recording, and how far it was played.
pub(crate) struct Replay {
    pub(crate) model: Model,
    lines: Vec<Line>,
    /// How many messages were played.
    pub(crate) at: usize,
    /// What the model waits for.
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
            // The library says the line at the end, too.
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

    /// How many messages there are.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// When the last message that was played came, in milliseconds from the beginning.
    pub(crate) fn played_at(&self) -> u64 {
        self.at.checked_sub(1).and_then(|at| self.lines.get(at)).map_or(0, |line| line.ms)
    }

    /// When the next message came, in milliseconds from the beginning; none at the end.
    pub(crate) fn next_at(&self) -> Option<u64> {
        self.lines.get(self.at).map(|line| line.ms)
    }

    /// Lets the next message happen; gives what it was, or nothing at the end.
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

    /// What the model looks like, as text.
    pub(crate) fn frame(&self) -> String {
        let (width, height) = self.model.appearance.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width.min(WIDEST), height.min(WIDEST)));
        self.draw(&mut buffer);
        plain(&buffer)
    }

    /// Draws what the model looks like; a recording that somebody made up acts on no terminal.
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

    /// Who waits for an response: whoever has its ticket, or, in a program that asks more or less than the
    /// one that recorded, whoever has waited longest for one of its kind.
    fn answered(&mut self, ticket: Ticket, to: Option<&str>) -> Ticket {
        let is_kind = |name: &str| to.is_none_or(|to| to == name);
        let exact = self.asked.iter().position(|(known, name)| *known == ticket && is_kind(name));
        let found = exact.or_else(|| self.asked.iter().position(|(_, name)| Some(name.as_str()) == to));
        found.map_or(ticket, |at| self.asked.remove(at).0)
    }
}

/// Prints every frame of a recording that differs from the one before, as text.
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
