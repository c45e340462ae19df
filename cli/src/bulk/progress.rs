//! The progress line of imports and exports on a terminal.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Minimum interval between redraws.
const REDRAW_INTERVAL: Duration = Duration::from_millis(100);

/// A progress line on standard error, redrawn in place.
pub(crate) struct Progress {
    /// `None` if no progress is shown.
    last_drawn: Option<Instant>,
    begun: Instant,
    /// Total bytes, if known.
    of: Option<u64>,
    /// The verb in the past tense, such as "created".
    verb: &'static str,
    read: u64,
    done: u64,
    rejected: u64,
}

impl Progress {
    /// Shows nothing if standard output is a terminal too, where the rows show the progress.
    pub(crate) fn new(of: Option<u64>, verb: &'static str, quiet: bool) -> Self {
        let is_seen = !quiet && io::stderr().is_terminal() && !io::stdout().is_terminal();
        let now = Instant::now();
        Self { last_drawn: is_seen.then_some(now), begun: now, of, verb, read: 0, done: 0, rejected: 0 }
    }

    pub(crate) fn done(&mut self, size: usize) {
        self.done += 1;
        self.advance(size);
    }

    pub(crate) fn rejected(&mut self, size: usize) {
        self.rejected += 1;
        self.advance(size);
    }

    /// Clears the line.
    pub(crate) fn end(&mut self) {
        if self.last_drawn.take().is_some() {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }

    fn advance(&mut self, size: usize) {
        self.read += size as u64;
        let Some(last_drawn) = &mut self.last_drawn else { return };
        if last_drawn.elapsed() < REDRAW_INTERVAL {
            return;
        }
        *last_drawn = Instant::now();
        let part = self.of.map(|of| (100 * self.read).checked_div(of).unwrap_or(100).min(100));
        let part = part.map(|percent| format!("{percent:3} %  ")).unwrap_or_default();
        let each_second =
            u128::from(self.done + self.rejected) * 1000 / self.begun.elapsed().as_millis().max(1);
        let rejected =
            if self.rejected > 0 { format!(", {} rejected", self.rejected) } else { String::new() };
        // Write errors are ignored.
        let line = format!("{part}{} {}{rejected}, {each_second}/s", self.done, self.verb);
        let _ = write!(io::stderr(), "\r{line}\u{1b}[K");
    }
}

/// Clears the line, so that later messages start on an empty line.
impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}
