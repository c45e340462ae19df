//! What became of many: what went well is a row, what did not is an error of its own.

use crate::errors::Failure;
use crate::exit;
use crate::output::{List, Output, Row};

/// Rows that a terminal waits for, so that their columns fit.
const BATCH: usize = 50;

/// How the two outcomes are called.
pub(crate) struct Words {
    pub(crate) done: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) next_step: &'static str,
}

/// Counts the outcomes and writes them in order.
pub(crate) struct Report<'a, T> {
    words: Words,
    json: bool,
    list: List<'a, T>,
    waiting: Vec<T>,
    /// The first failure: the only one of one is the failure of the command.
    held: Option<Failure>,
    done: u64,
    failed: u64,
    /// Whether the reader of the rows has gone; the work goes on.
    is_unread: bool,
}

impl<'a, T: Row> Report<'a, T> {
    pub(crate) fn new(words: Words, json: bool, output: &'a mut Output) -> Self {
        let list = output.list();
        Self { words, json, list, waiting: Vec::new(), held: None, done: 0, failed: 0, is_unread: false }
    }

    pub(crate) fn done(&mut self, item: T) -> Result<(), Failure> {
        self.tell_held()?;
        self.done += 1;
        self.waiting.push(item);
        if self.waiting.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    pub(crate) fn failed(&mut self, failure: Failure) -> Result<(), Failure> {
        self.tell_held()?;
        self.failed += 1;
        if self.failed == 1 && self.done == 0 {
            self.held = Some(failure);
            return Ok(());
        }
        self.tell(&failure)
    }

    /// Where notes go meanwhile.
    pub(crate) fn output(&mut self) -> &mut Output {
        self.list.output()
    }

    /// Ends with the summary; `stopped` says why the rest was not tried.
    pub(crate) fn finish(mut self, stopped: Option<Failure>) -> Result<(), Failure> {
        if self.done + self.failed > 1 || stopped.is_some() {
            self.tell_held()?;
        }
        self.flush()?;
        let Self { words, done, failed, held, .. } = self;
        let is_unread = self.is_unread;
        let output = if is_unread { self.list.into_output() } else { self.list.finish()? };
        if let Some(only) = held {
            return Err(only);
        }
        let refused = if failed > 0 { format!(", {failed} {}", words.failed) } else { String::new() };
        output.note(format_args!("{done} {}{refused}", words.done));
        match (stopped, failed) {
            (Some(failure), _) => Err(failure),
            (None, 0) => Ok(()),
            (None, failed) => {
                let what = format!("{failed} of {} {}", done + failed, words.failed);
                Err(Failure::new(exit::SOME_FAILED, what).next(words.next_step))
            }
        }
    }

    fn tell_held(&mut self) -> Result<(), Failure> {
        match self.held.take() {
            Some(failure) => self.tell(&failure),
            None => Ok(()),
        }
    }

    fn tell(&mut self, failure: &Failure) -> Result<(), Failure> {
        self.flush()?;
        failure.tell(self.json);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let rows = std::mem::take(&mut self.waiting);
        if self.is_unread {
            return Ok(());
        }
        match self.list.page(&rows) {
            Err(gone) if gone.exit == exit::DONE => {
                self.is_unread = true;
                Ok(())
            }
            outcome => outcome,
        }
    }
}
