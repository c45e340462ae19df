//! Playback of a recording on the terminal.

use std::io;
use std::path::Path;
use std::time::Duration;

use crossterm::event::{Event, EventStream, KeyCode};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use tokio::time::{Instant, sleep_until};

use crate::app::options::Ended;
use crate::app::run::pressed;
use crate::recording::replay::{Replay, Unplayable};
use crate::terminal::key::Key;
use crate::terminal::setup::{RenderMode, Terminal, restore_on_panic, restore_terminal};
use crate::terminal::signals::{Signal, Signals, stop_this_process};
use crate::terminal::text::fit;
use crate::terminal::theme::Depth;

/// The maximum pause between two messages.
const GAP: Duration = Duration::from_secs(1);

/// The reason why a recording was not played.
#[derive(Debug)]
pub enum Unplayed {
    /// The recording cannot be played.
    Recording(Unplayable),
    /// The terminal failed.
    Terminal(io::Error),
}

/// Plays a recording on the terminal with its colour depth; standard output must be a terminal.
///
/// Blocks, on its own runtime, until the user quits.
pub fn play(path: &Path, depth: Depth) -> Result<Ended, Unplayed> {
    let mut replay = Replay::open(path).map_err(Unplayed::Recording)?;
    replay.model.appearance.depth = depth;
    crossterm::style::force_color_output(true);
    let player = async {
        restore_on_panic();
        let terminal = Terminal::take(RenderMode::Cells { has_mouse: false })?;
        let now = Instant::now();
        Player { replay, terminal, is_paused: false, next: now, ended: None }.go().await
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.and_then(|runtime| runtime.block_on(player)).map_err(Unplayed::Terminal)
}

struct Player {
    replay: Replay,
    terminal: Terminal,
    is_paused: bool,
    /// The time of the next message; `None` while paused.
    next: Instant,
    ended: Option<Ended>,
}

impl Player {
    async fn go(mut self) -> io::Result<Ended> {
        let mut signals = Signals::new()?;
        let mut input = Some(EventStream::new());
        self.wait();
        loop {
            if let Some(ended) = self.ended {
                return Ok(ended);
            }
            self.draw()?;
            let is_playing = !self.is_paused && self.replay.next_at().is_some();
            tokio::select! {
                biased;
                events = pressed(&mut input) => events.into_iter().try_for_each(|event| self.event(event))?,
                signal = signals.next() => self.signal(signal)?,
                () = sleep_until(self.next), if is_playing => self.step(),
            }
        }
    }

    fn step(&mut self) {
        self.replay.step();
        self.wait();
    }

    /// Waits as long as in the recording, up to a limit.
    fn wait(&mut self) {
        let now = self.replay.played_at();
        let gap = self.replay.next_at().unwrap_or(now).saturating_sub(now);
        self.next = Instant::now() + Duration::from_millis(gap).min(GAP);
    }

    fn event(&mut self, event: Option<io::Result<Event>>) -> io::Result<()> {
        match event.transpose()? {
            Some(Event::Key(key)) => {
                let Some(key) = Key::of(key) else { return Ok(()) };
                match key.code() {
                    KeyCode::Char('q') | KeyCode::Esc => self.ended = Some(Ended::Quit),
                    _ if key.is_ctrl('c') => self.ended = Some(Ended::Quit),
                    KeyCode::Char(' ') => {
                        self.is_paused = !self.is_paused;
                        self.wait();
                    }
                    KeyCode::Char('n') | KeyCode::Right => {
                        self.is_paused = true;
                        self.step();
                    }
                    _ => {}
                }
                Ok(())
            }
            Some(Event::Resize(width, height)) => self.terminal.resize(width, height),
            Some(_) => Ok(()),
            None => {
                self.ended = Some(Ended::Signal(crate::terminal::signals::HANG_UP));
                Ok(())
            }
        }
    }

    fn signal(&mut self, signal: Signal) -> io::Result<()> {
        match signal {
            Signal::End(number) => {
                self.ended = Some(Ended::Signal(number));
                Ok(())
            }
            Signal::Stop => {
                restore_terminal();
                stop_this_process();
                self.terminal.enter()
            }
            Signal::Continued => self.terminal.enter(),
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        let (replay, words) = (&self.replay, self.words());
        self.terminal.draw(|frame| {
            let area = frame.area();
            let buffer = frame.buffer_mut();
            replay.draw(buffer);
            foot(buffer, area, &words);
        })
    }

    /// Returns the progress and the keys.
    fn words(&self) -> String {
        let (at, of) = (self.replay.at, self.replay.len());
        let state = match (self.replay.next_at(), self.is_paused) {
            (None, _) => "the end",
            (Some(_), true) => "paused",
            (Some(_), false) => "playing",
        };
        format!(" replay {at} of {of} · {state} · space pause · n step · q quit ")
    }
}

/// Draws the player's status on the last line.
fn foot(buffer: &mut Buffer, area: Rect, words: &str) {
    if area.height == 0 {
        return;
    }
    let width = usize::from(area.width);
    let line = Rect { y: area.bottom() - 1, height: 1, ..area };
    for x in line.left()..line.right() {
        buffer[(x, line.y)].reset();
    }
    buffer.set_stringn(line.x, line.y, fit(words, width), width, Style::new());
    buffer.set_style(line, Style::new().add_modifier(Modifier::REVERSED));
}
