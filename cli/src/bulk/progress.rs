//! How far an import or an export is, for a person at a terminal alone.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// So often the line is drawn at most.
const REDRAW_INTERVAL: Duration = Duration::from_millis(100);

/// One line that is drawn over itself, on standard error.
pub(crate) struct Progress {
    /// None where nobody looks.
    last_drawn: Option<Instant>,
    begun: Instant,
    /// Bytes of the whole, if they are known.
    of: Option<u64>,
    /// What is done with each.
    verb: &'static str,
    read: u64,
    done: u64,
    rejected: u64,
}

impl Progress {
    /// Rows that go to the same terminal show how far it is by themselves.
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

    /// Takes the line away; what comes next stands in its place.
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
        // A reader who has gone changes nothing.
        let line = format!("{part}{} {}{rejected}, {each_second}/s", self.done, self.verb);
        let _ = write!(io::stderr(), "\r{line}\u{1b}[K");
    }
}

/// However the import ends, what is said then stands on a line of its own.
impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}
