//! How far an import or an export is, for a person at a terminal alone.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// So often the line is drawn at most.
const PAUSE: Duration = Duration::from_millis(100);

/// One line that is drawn over itself, on standard error.
pub(crate) struct Progress {
    /// None where nobody looks.
    drawn: Option<Instant>,
    begun: Instant,
    /// Bytes of the whole, if they are known.
    of: Option<u64>,
    /// What is done with each.
    verb: &'static str,
    read: u64,
    done: u64,
    refused: u64,
}

impl Progress {
    /// Rows that go to the same terminal show how far it is by themselves.
    pub(crate) fn new(of: Option<u64>, verb: &'static str, quiet: bool) -> Self {
        let is_seen = !quiet && io::stderr().is_terminal() && !io::stdout().is_terminal();
        let now = Instant::now();
        Self { drawn: is_seen.then_some(now), begun: now, of, verb, read: 0, done: 0, refused: 0 }
    }

    pub(crate) fn done(&mut self, size: usize) {
        self.done += 1;
        self.went_on(size);
    }

    pub(crate) fn refused(&mut self, size: usize) {
        self.refused += 1;
        self.went_on(size);
    }

    /// Takes the line away; what comes next stands in its place.
    pub(crate) fn end(&mut self) {
        if self.drawn.take().is_some() {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }

    fn went_on(&mut self, size: usize) {
        self.read += size as u64;
        let Some(drawn) = &mut self.drawn else { return };
        if drawn.elapsed() < PAUSE {
            return;
        }
        *drawn = Instant::now();
        let part = self.of.map(|of| (100 * self.read).checked_div(of).unwrap_or(100).min(100));
        let part = part.map(|percent| format!("{percent:3} %  ")).unwrap_or_default();
        let each_second =
            u128::from(self.done + self.refused) * 1000 / self.begun.elapsed().as_millis().max(1);
        let refused = if self.refused > 0 { format!(", {} refused", self.refused) } else { String::new() };
        // A reader who has gone changes nothing.
        let line = format!("{part}{} {}{refused}, {each_second}/s", self.done, self.verb);
        let _ = write!(io::stderr(), "\r{line}\u{1b}[K");
    }
}

/// However the import ends, what is said then stands on a line of its own.
impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}
