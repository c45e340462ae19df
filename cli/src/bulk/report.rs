//! The report of a bulk command: rows for successes, errors for failures, and a summary.

use crate::errors::Failure;
use crate::exit;
use crate::output::{List, Output, Row};

/// Number of buffered rows, so that the columns of a table fit.
const ROWS_PER_FLUSH: usize = 50;

/// The wording of a report.
pub(crate) struct ReportWording {
    pub(crate) done: &'static str,
    pub(crate) failed: &'static str,
    /// The end of the error message, after "1 of 4".
    pub(crate) error: &'static str,
    pub(crate) next_step: &'static str,
}

/// Counts outcomes and prints them in order.
pub(crate) struct Report<'a, T> {
    words: ReportWording,
    json: bool,
    list: List<'a, T>,
    waiting: Vec<T>,
    /// A first failure, held back: for a single object it is the failure of the command.
    first_failure: Option<Failure>,
    done: u64,
    failed: u64,
    /// Whether the reader of standard output closed the pipe; the work continues.
    is_reader_gone: bool,
}

impl<'a, T: Row> Report<'a, T> {
    pub(crate) fn new(words: ReportWording, json: bool, output: &'a mut Output) -> Self {
        let list = output.list();
        Self {
            words,
            json,
            list,
            waiting: Vec::new(),
            first_failure: None,
            done: 0,
            failed: 0,
            is_reader_gone: false,
        }
    }

    pub(crate) fn done(&mut self, item: T) -> Result<(), Failure> {
        self.print_first_failure()?;
        self.done += 1;
        self.waiting.push(item);
        if self.waiting.len() >= ROWS_PER_FLUSH { self.flush() } else { Ok(()) }
    }

    pub(crate) fn failed(&mut self, failure: Failure) -> Result<(), Failure> {
        self.print_first_failure()?;
        self.failed += 1;
        if self.failed == 1 && self.done == 0 {
            self.first_failure = Some(failure);
            return Ok(());
        }
        self.print(&failure)
    }

    /// Returns the output, for notices during the report.
    pub(crate) fn output(&mut self) -> &mut Output {
        self.list.output()
    }

    /// Prints the summary; `stopped` is the reason why the rest was not attempted.
    pub(crate) fn finish(mut self, stopped: Option<Failure>) -> Result<(), Failure> {
        if self.done + self.failed > 1 || stopped.is_some() {
            self.print_first_failure()?;
        }
        self.flush()?;
        let Self { words, done, failed, first_failure, .. } = self;
        let is_reader_gone = self.is_reader_gone;
        let output = if is_reader_gone { self.list.into_output() } else { self.list.finish()? };
        if let Some(only) = first_failure {
            return Err(only);
        }
        let failures = if failed > 0 { format!(", {failed} {}", words.failed) } else { String::new() };
        output.note(format_args!("{done} {}{failures}", words.done));
        match (stopped, failed) {
            (Some(failure), _) => Err(failure),
            (None, 0) => Ok(()),
            (None, failed) => {
                let what = format!("{failed} of {} {}", done + failed, words.error);
                Err(Failure::new(exit::SOME_FAILED, what).next(words.next_step))
            }
        }
    }

    fn print_first_failure(&mut self) -> Result<(), Failure> {
        match self.first_failure.take() {
            Some(failure) => self.print(&failure),
            None => Ok(()),
        }
    }

    fn print(&mut self, failure: &Failure) -> Result<(), Failure> {
        self.flush()?;
        failure.print(self.json);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let rows = std::mem::take(&mut self.waiting);
        if self.is_reader_gone {
            return Ok(());
        }
        match self.list.page(&rows) {
            Err(gone) if gone.exit == exit::DONE => {
                self.is_reader_gone = true;
                Ok(())
            }
            outcome => outcome,
        }
    }
}
