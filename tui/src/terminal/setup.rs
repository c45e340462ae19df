//! Setup of the terminal, which is always restored, however the console ends.

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

use crate::terminal::stderr_capture::{end_capture, start_capture};

/// The time after which a terminal is assumed not to reply.
const ANSWERED: Duration = Duration::from_secs(1);

/// The mode of the terminal while the console uses it.
static TAKEN: Mutex<Option<RenderMode>> = Mutex::new(None);

/// The terminal while the console uses it; dropping it restores the terminal.
pub(crate) struct Terminal {
    cells: Cells<CrosstermBackend<Bytes>>,
    /// The output that the cells are written to.
    bytes: Bytes,
    mode: RenderMode,
    /// The time of the background query; `None` once the terminal has replied.
    asked: Option<Instant>,
}

/// How the terminal is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenderMode {
    /// A full screen of cells.
    Cells {
        /// Whether the console handles the mouse; otherwise the terminal does, to select text.
        has_mouse: bool,
    },
    /// Lines printed below the existing text: for screen readers and printing terminals.
    Lines {
        /// Whether the terminal only prints text and does not understand escape sequences.
        is_dumb: bool,
    },
}

/// The output of a frame, buffered until the frame is complete.
#[derive(Clone, Default)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    /// Does nothing: `draw` writes the frame in one piece.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Terminal {
    /// Sets the terminal up.
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

    /// Sets the terminal up again after it was restored.
    pub(crate) fn enter(&mut self) -> io::Result<()> {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.mode);
        start_capture()?;
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

    /// Redraws all cells with the next frame, for this size.
    pub(crate) fn resize(&mut self, width: u16, height: u16) -> io::Result<()> {
        match self.mode {
            RenderMode::Cells { .. } => self.cells.resize(Rect::new(0, 0, width, height)),
            RenderMode::Lines { .. } => Ok(()),
        }
    }

    /// Writes a frame: the differences to the previous one, in one piece.
    pub(crate) fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.bytes, BeginSynchronizedUpdate)?;
        self.cells.draw(view)?;
        queue!(self.bytes, EndSynchronizedUpdate)?;
        self.write_frame()
    }

    /// Prints lines below the existing text.
    pub(crate) fn say(&mut self, lines: &[String]) -> io::Result<()> {
        for line in lines {
            write!(self.bytes, "{line}\r\n")?;
        }
        self.write_frame()
    }

    /// Copies a text to the clipboard of the user's terminal (OSC 52).
    pub(crate) fn copy(&mut self, text: &str) -> io::Result<()> {
        if self.mode == (RenderMode::Lines { is_dumb: true }) {
            return Ok(());
        }
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        write!(self.bytes, "\x1b]52;c;{encoded}\x1b\\")?;
        self.write_frame()
    }

    /// Queries the terminal's background colour. The reply arrives among the keys, if at all.
    pub(crate) fn ask_background(&mut self) -> io::Result<()> {
        if cfg!(unix) {
            self.asked = Some(Instant::now());
            self.bytes.write_all(crate::terminal::background_probe::QUESTION.as_bytes())?;
        }
        self.write_frame()
    }

    /// Notes that the terminal has replied.
    pub(crate) fn note_background_reply(&mut self) {
        self.asked = None;
    }

    /// Waits for a pending reply, so that the next program on the terminal does not receive it.
    ///
    /// No other reader of keys may be active.
    pub(crate) fn drain_reply(&mut self) {
        if self.asked.take().is_some_and(|asked| asked.elapsed() < ANSWERED) {
            let _ = self.bytes.write_all(crate::terminal::background_probe::FENCE.as_bytes());
            if self.write_frame().is_ok() {
                crate::terminal::background_probe::drain_reply();
            }
        }
    }

    fn write_frame(&mut self) -> io::Result<()> {
        let bytes = self.bytes.0.take();
        let mut out = io::stdout().lock();
        out.write_all(&bytes)?;
        out.flush()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore_terminal();
    }
}

/// Restores the terminal, if it was set up. Errors are ignored, because nothing can be done about them.
pub(crate) fn restore_terminal() {
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
    end_capture();
}

/// Installs a panic hook that restores the terminal first, so that the message can be read.
pub(crate) fn restore_on_panic() {
    let ours: ThreadId = thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if thread::current().id() == ours {
            restore_terminal();
        }
        before(panic);
    }));
}
