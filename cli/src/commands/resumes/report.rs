//! What became of many: what went well is a row, what did not is an error of its own.

use serde::Serialize;
use vitae_sdk::ResumeId;

use crate::errors::{Failure, InFile};
use crate::exit;
use crate::output::{Column, List, Output, Row};

/// Rows that a terminal waits for, so that their columns fit.
const BATCH: usize = 50;

/// A resume that came from a file, or went to one.
#[derive(Debug, Serialize)]
pub(crate) struct Transferred {
    #[serde(flatten)]
    pub(super) place: InFile,
    pub(super) id: ResumeId,
    pub(super) title: String,
}

/// How the two outcomes are called.
pub(super) struct Words {
    pub(super) done: &'static str,
    pub(super) failed: &'static str,
    pub(super) next_step: &'static str,
}

/// Counts the outcomes and writes them in order.
pub(super) struct Report<'a> {
    words: Words,
    json: bool,
    list: List<'a, Transferred>,
    waiting: Vec<Transferred>,
    /// The first failure: the only one of one is the failure of the command.
    held: Option<Failure>,
    done: u64,
    failed: u64,
}

impl<'a> Report<'a> {
    pub(super) fn new(words: Words, json: bool, output: &'a mut Output) -> Self {
        let list = output.list();
        Self { words, json, list, waiting: Vec::new(), held: None, done: 0, failed: 0 }
    }

    pub(super) fn done(&mut self, transferred: Transferred) -> Result<(), Failure> {
        self.tell_held()?;
        self.done += 1;
        self.waiting.push(transferred);
        if self.waiting.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    pub(super) fn failed(&mut self, failure: Failure) -> Result<(), Failure> {
        self.tell_held()?;
        self.failed += 1;
        if self.failed == 1 && self.done == 0 {
            self.held = Some(failure);
            return Ok(());
        }
        self.tell(&failure)
    }

    /// Where notes go meanwhile.
    pub(super) fn output(&mut self) -> &mut Output {
        self.list.output()
    }

    /// Ends with the summary; `stopped` says why the rest was not tried.
    pub(super) fn finish(mut self, stopped: Option<Failure>) -> Result<(), Failure> {
        if self.done + self.failed > 1 || stopped.is_some() {
            self.tell_held()?;
        }
        self.flush()?;
        let Self { words, done, failed, held, .. } = self;
        let output = self.list.finish()?;
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
        self.list.page(&std::mem::take(&mut self.waiting))
    }
}

impl Row for Transferred {
    const FIELDS: &'static [&'static str] = &["file", "line", "id", "title"];
    const COLUMNS: &'static [Column] = &[Column::text("FILE"), Column::fixed("ID"), Column::text("TITLE")];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn cells(&self, _: bool) -> Vec<String> {
        vec![self.place.to_string(), self.id(), self.title.clone()]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![("file", self.place.to_string()), ("id", self.id()), ("title", self.title.clone())]
    }
}
