//! The terminal: taken over whole, and given back as it was, however the console ends.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use base64::Engine as _;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    self, BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal as Cells, TerminalOptions, Viewport};

use crate::terminal::stderr_capture::{bring_back, put_aside};

/// A terminal that has not answered by then does not.
const ANSWERED: Duration = Duration::from_secs(1);

/// How the terminal is used while it is in our hands.
static TAKEN: Mutex<Option<RenderMode>> = Mutex::new(None);

/// The terminal while the console has it; dropping it gives it back.
pub(crate) struct Terminal {
    cells: Cells<CrosstermBackend<Bytes>>,
    /// The same that the cells write to.
    bytes: Bytes,
    mode: RenderMode,
    /// When the terminal was asked for its background, until it has answered.
    asked: Option<Instant>,
}

/// How the terminal is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenderMode {
    /// Whole, as a screen of cells.
    Cells {
        /// Whether the mouse is the console's, or the terminal's for selecting text.
        has_mouse: bool,
    },
    /// Line after line, below what is there: for screen readers, and for what only prints.
    Lines {
        /// Whether the terminal only prints, and takes everything else for text.
        is_dumb: bool,
    },
}

/// What a frame writes, held until it is whole.
#[derive(Clone, Default)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    /// A frame is let out as one piece by `draw`.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Terminal {
    /// Takes the terminal over.
    pub(crate) fn take(mode: RenderMode) -> io::Result<Self> {
        let (width, height) = terminal::size()?;
        let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
        let bytes = Bytes::default();
        let backend = CrosstermBackend::new(bytes.clone());
        let cells = Cells::with_options(backend, TerminalOptions { viewport })?;
        let mut terminal = Self { cells, bytes, mode, asked: None };
        terminal.enter()?;
        Ok(terminal)
    }

    /// Takes the terminal over again, after it was given back.
    pub(crate) fn enter(&mut self) -> io::Result<()> {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.mode);
        put_aside()?;
        // crossterm does nothing where it has set the raw mode already, but a shell resets the mode of a
        // program that was stopped with SIGSTOP.
        terminal::disable_raw_mode()?;
        terminal::enable_raw_mode()?;
        match self.mode {
            RenderMode::Cells { has_mouse } => {
                execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide)?;
                if has_mouse {
                    execute!(io::stdout(), EnableMouseCapture)?;
                }
            }
            RenderMode::Lines { is_dumb: false } => execute!(io::stdout(), EnableBracketedPaste)?,
            RenderMode::Lines { is_dumb: true } => {}
        }
        let (width, height) = terminal::size()?;
        self.resize(width, height)
    }

    /// Draws all cells anew with the next frame, on a terminal of this size.
    pub(crate) fn resize(&mut self, width: u16, height: u16) -> io::Result<()> {
        match self.mode {
            RenderMode::Cells { .. } => self.cells.resize(Rect::new(0, 0, width, height)),
            RenderMode::Lines { .. } => Ok(()),
        }
    }

    /// Shows a frame: what changed since the one before, in one piece.
    pub(crate) fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.bytes, BeginSynchronizedUpdate)?;
        self.cells.draw(view)?;
        queue!(self.bytes, EndSynchronizedUpdate)?;
        self.let_out()
    }

    /// Prints lines below what is there.
    pub(crate) fn say(&mut self, lines: &[String]) -> io::Result<()> {
        for line in lines {
            write!(self.bytes, "{line}\r\n")?;
        }
        self.let_out()
    }

    /// Gives a text to the clipboard of whoever looks at the terminal (OSC 52).
    pub(crate) fn copy(&mut self, text: &str) -> io::Result<()> {
        if self.mode == (RenderMode::Lines { is_dumb: true }) {
            return Ok(());
        }
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        write!(self.bytes, "\x1b]52;c;{encoded}\x1b\\")?;
        self.let_out()
    }

    /// Asks the terminal for its background. The response comes in among the keys, if it ever does.
    pub(crate) fn ask_background(&mut self) -> io::Result<()> {
        if cfg!(unix) {
            self.asked = Some(Instant::now());
            self.bytes.write_all(crate::terminal::background_probe::QUESTION.as_bytes())?;
        }
        self.let_out()
    }

    /// The terminal has said what its background is.
    pub(crate) fn was_answered(&mut self) {
        self.asked = None;
    }

    /// Waits for an response that may be on its way, so that it is not left to whoever has the terminal next.
    ///
    /// Nobody else may be reading keys.
    pub(crate) fn hear_out(&mut self) {
        if self.asked.take().is_some_and(|asked| asked.elapsed() < ANSWERED) {
            let _ = self.bytes.write_all(crate::terminal::background_probe::FENCE.as_bytes());
            if self.let_out().is_ok() {
                crate::terminal::background_probe::hear_out();
            }
        }
    }

    fn let_out(&mut self) -> io::Result<()> {
        let bytes = self.bytes.0.take();
        let mut out = io::stdout().lock();
        out.write_all(&bytes)?;
        out.flush()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back, if it is in our hands. Nothing can be done where that fails.
pub(crate) fn give_back() {
    let Some(mode) = TAKEN.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
    let _ = match mode {
        RenderMode::Cells { .. } => execute!(
            io::stdout(),
            EndSynchronizedUpdate,
            DisableMouseCapture,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        ),
        RenderMode::Lines { is_dumb: false } => execute!(io::stdout(), DisableBracketedPaste),
        RenderMode::Lines { is_dumb: true } => Ok(()),
    };
    let _ = terminal::disable_raw_mode();
    bring_back();
}

/// Gives the terminal back before a panic of this thread is told, so that it can be read.
pub(crate) fn give_back_on_panic() {
    let ours: ThreadId = thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if thread::current().id() == ours {
            give_back();
        }
        before(panic);
    }));
}
