//! Imports: concurrent requests, ordered results, and no object created twice after interruptions.
//!
//! Each row of an import has a number and its own idempotency key, and the [journal]
//! records its outcome. A row without a recorded outcome is sent again with the same key, so the
//! server creates it once; if the key may have expired, the server is searched first.

pub(crate) mod input;
mod journal;
mod progress;
mod rejects;
mod report;
mod transferred;

pub(crate) use self::progress::Progress;
pub(crate) use self::report::{Report, ReportWording};
pub(crate) use self::transferred::ResumeFile;

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use vitae_sdk::Timestamp;

use self::input::Inputs;
use self::journal::{Identity, Journal, Outcome, Record};
use self::rejects::Rejects;
use crate::connection::Connection;
use crate::errors::{Failure, FileLocation};
use crate::exit;
use crate::output::{Output, Row};

/// Maximum number of concurrent requests.
pub(crate) const MAX_IN_FLIGHT: usize = 32;
/// Maximum bytes of rows being sent or queued.
const MAX_BYTES_IN_FLIGHT: usize = 6 << 20;

/// Options of an import.
pub(crate) struct ImportOptions {
    pub(crate) rejects: Option<PathBuf>,
    /// The header of the file of rejected rows.
    pub(crate) rejects_head: Option<Vec<u8>>,
    pub(crate) max_errors: Option<u64>,
    pub(crate) again: bool,
    pub(crate) json_errors: bool,
    pub(crate) quiet: bool,
}

/// A row of the input, or the reason why it cannot be read.
pub(crate) struct InputRow<C> {
    pub(crate) location: FileLocation,
    /// Its size in the input, in bytes.
    pub(crate) size: usize,
    /// The unchanged row, for the file of rejected rows.
    pub(crate) raw: Option<Vec<u8>>,
    pub(crate) content: Result<C, Failure>,
}

/// The kind of objects that an import creates.
pub(crate) trait Kind {
    type Content: Send + 'static;
    type Added: Row;

    /// Returns the name for the journal, and the options that distinguish imports of the same input.
    fn identity(&self) -> (&'static str, String);

    /// Creates one object. Idempotent for the same key.
    async fn create(&self, key: &str, content: &Self::Content) -> Result<String, Failure>;

    /// Returns the SHA-256 of the request for this content, in hexadecimal.
    fn digest(&self, content: &Self::Content) -> String;

    /// Whether the object exists and is not deleted.
    async fn is_live(&self, id: &str) -> Result<bool, Failure>;

    /// Returns objects that may have been created from this content since then.
    async fn candidates(&self, content: &Self::Content, since: Timestamp) -> Result<Vec<String>, Failure>;

    /// Whether the object exists, deleted or not.
    async fn exists(&self, id: &str) -> Result<bool, Failure>;

    /// Returns the output row of a created object.
    fn added(&self, location: FileLocation, id: &str, content: Self::Content) -> Self::Added;

    /// Prints warnings about an imported content.
    fn warn(&self, _place: &FileLocation, _content: &Self::Content, _output: &mut Output) {}
}

/// The outcome of a row, in this run or an earlier one.
struct RowResult<C> {
    source: InputRow<C>,
    outcome: Result<Created, Failure>,
    is_known: bool,
}

/// An object created from a row.
struct Created {
    id: String,
    /// The digest of the request; `None` for rows completed by an earlier run of this import.
    content: Option<String>,
    /// Whether an earlier run of the same command created it.
    is_earlier: bool,
}

/// Imports all rows.
pub(crate) async fn run<K: Kind>(
    connection: &Connection,
    kind: &K,
    options: ImportOptions,
    inputs: &Inputs,
    rows: impl Stream<Item = InputRow<K::Content>>,
    output: &mut Output,
) -> Result<(), Failure> {
    let identity = identity(connection, kind, inputs).await?;
    let (journal, replay) = Journal::open(&connection.context.directory, &identity, options.again)?;
    if let Some(id) = &journal.last_id {
        check_same_data(kind, id).await?;
    }
    let has_stopped = Cell::new(false);
    let rows = limit_memory(rows).take_while(|_| std::future::ready(!has_stopped.get()));
    let sender = RowSender { kind, journal: journal.snapshot(options.again) };
    let mut replay = replay.fuse();
    let mut results = Box::pin(
        rows.enumerate()
            .map(|(number, (source, permit))| sender.send(number as u64, source, replay.next(), permit))
            .buffered(MAX_IN_FLIGHT),
    );
    let mut ledger = ImportLedger::open(kind, &options, journal, inputs, output)?;
    while let Some(sent) = results.next().await {
        ledger.record(sent)?;
        has_stopped.set(ledger.stopped.is_some());
    }
    ledger.finish()
}

/// Records outcomes in the journal, the file of rejected rows, the progress and the report.
struct ImportLedger<'a, K: Kind> {
    kind: &'a K,
    max_errors: Option<u64>,
    journal: Journal,
    /// The number of rows completed by an earlier run.
    known: u64,
    /// The number of rows created by an earlier run of the command with other content.
    earlier: u64,
    rejects: Option<Rejects>,
    progress: Progress,
    report: Report<'a, K::Added>,
    rejected: u64,
    /// Whether all rows so far have a recorded outcome. After a row with an unknown outcome nothing is
    /// recorded, so that these rows are repeated together.
    is_contiguous: bool,
    /// The reason why the remaining rows are not sent.
    stopped: Option<Failure>,
}

impl<'a, K: Kind> ImportLedger<'a, K> {
    fn open(
        kind: &'a K,
        options: &ImportOptions,
        journal: Journal,
        inputs: &Inputs,
        output: &'a mut Output,
    ) -> Result<Self, Failure> {
        let rejects = options
            .rejects
            .as_deref()
            .map(|path| Rejects::open(path, journal.rejected, options.rejects_head.as_deref()));
        Ok(Self {
            kind,
            max_errors: options.max_errors,
            known: journal.done,
            earlier: 0,
            journal,
            rejects: rejects.transpose()?,
            progress: Progress::new(Some(inputs.size), WORDING.done, options.quiet),
            report: Report::new(words(inputs), options.json_errors, output),
            rejected: 0,
            is_contiguous: true,
            stopped: None,
        })
    }

    /// Records the outcome of the next row.
    fn record(&mut self, sent: RowResult<K::Content>) -> Result<(), Failure> {
        let RowResult { source: InputRow { location, size, raw, content }, outcome, is_known } = sent;
        match (outcome, content) {
            (Ok(Created { id, content: digest, is_earlier }), Ok(content)) => {
                if !is_known && self.is_contiguous {
                    self.journal.record(&Outcome::Created { id: id.clone(), content: digest }, None)?;
                }
                self.progress.done(size);
                self.earlier += u64::from(is_earlier);
                if !is_known && !is_earlier {
                    self.kind.warn(&location, &content, self.report.output());
                }
                self.report.done(self.kind.added(location, &id, content))
            }
            // Wait for pending requests, so that every outcome is known.
            (Err(failure), _) if is_fatal(&failure) => {
                self.is_contiguous = false;
                self.stopped.get_or_insert_with(|| with_resume_step(failure));
                Ok(())
            }
            (Err(failure), _) | (Ok(_), Err(failure)) => {
                if !is_known && self.is_contiguous {
                    let rejects = self.rejects.as_mut();
                    let rejected = rejects.map(|rejects| rejects.add(raw.as_deref())).transpose()?;
                    self.journal.record(&Outcome::of(&failure), rejected)?;
                    self.rejected += 1;
                }
                self.progress.rejected(size);
                if self.max_errors.is_some_and(|most| self.rejected > most) {
                    self.stopped.get_or_insert_with(|| too_many(self.rejected));
                }
                self.report.failed(failure)
            }
        }
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.progress.end();
        if self.journal.is_finished {
            let when = self.journal.when;
            self.report.output().note(format_args!(
                "everything was already imported on {when}; nothing was created (--again imports it once more)"
            ));
        } else if self.known > 0 {
            let known = self.known;
            self.report.output().note(format_args!("resumed after {known} rows of an earlier run"));
        }
        if self.earlier > 0 {
            let earlier = self.earlier;
            self.report.output().note(format_args!(
                "{earlier} of these were created by an earlier run and not created again (--again creates them once more)"
            ));
        }
        self.journal.finish(self.stopped.is_some())?;
        self.report.finish(self.stopped)
    }
}

const WORDING: ReportWording = ReportWording {
    done: "created",
    failed: "rejected",
    error: "rows were rejected",
    next_step: "fix the errors above, then repeat the command; created objects are not created again",
};

/// Returns the wording of the summary.
fn words(inputs: &Inputs) -> ReportWording {
    if inputs.paths.is_empty() {
        // Inputs from standard input cannot be recognized as the same source.
        let next_step =
            "fix the errors above, then import only the fixed rows; --rejects FILE writes them to a file";
        return ReportWording { next_step, ..WORDING };
    }
    WORDING
}

/// Sends rows to the server.
struct RowSender<'a, K> {
    kind: &'a K,
    journal: journal::Snapshot,
}

impl<K: Kind> RowSender<'_, K> {
    async fn send(
        &self,
        number: u64,
        source: InputRow<K::Content>,
        known: Option<Record>,
        permit: OwnedSemaphorePermit,
    ) -> RowResult<K::Content> {
        let is_known = known.is_some();
        let (source, outcome) = match (known, source) {
            (Some(record), source) => {
                let created = |id| Created { id, content: None, is_earlier: false };
                (source, record.outcome.into_result().map(created))
            }
            (None, InputRow { content: Err(failure), location, size, raw }) => {
                // The failure is the outcome; the placeholder for the content is not used.
                let silent = Failure::silent(failure.exit);
                (InputRow { content: Err(silent), location, size, raw }, Err(failure))
            }
            (None, InputRow { content: Ok(content), location, size, raw }) => {
                let sent = self.create(number, &content).await.map_err(|failure| failure.in_file(&location));
                (InputRow { content: Ok(content), location, size, raw }, sent)
            }
        };
        let outcome = outcome.map_err(|failure| failure.in_file(&source.location));
        drop(permit);
        RowResult { source, outcome, is_known }
    }

    async fn create(&self, number: u64, content: &K::Content) -> Result<Created, Failure> {
        let digest = self.kind.digest(content);
        while let Some(id) = self.journal.take_earlier(&digest) {
            if self.kind.is_live(&id).await? {
                return Ok(Created { id, content: Some(digest), is_earlier: true });
            }
        }
        let created = |id| Created { id, content: Some(digest), is_earlier: false };
        if self.journal.is_in_doubt(number) {
            // The key may have expired, and the object may exist.
            let candidates = self.kind.candidates(content, self.journal.since()).await?;
            if let Some(id) = candidates.into_iter().find(|id| self.journal.adopt(id)) {
                return Ok(created(id));
            }
        }
        let key = format!("{}/{number}", self.journal.key);
        self.kind.create(&key, content).await.map(created)
    }
}

/// Limits the bytes of rows in memory; each row holds a permit for its size.
fn limit_memory<C>(
    rows: impl Stream<Item = InputRow<C>>,
) -> impl Stream<Item = (InputRow<C>, OwnedSemaphorePermit)> {
    let room = Arc::new(Semaphore::new(MAX_BYTES_IN_FLIGHT));
    rows.then(move |source| {
        let room = Arc::clone(&room);
        let size = u32::try_from(source.size.clamp(1, MAX_BYTES_IN_FLIGHT)).unwrap_or(u32::MAX);
        async move {
            let permit = room.acquire_many_owned(size).await.expect("the semaphore is never closed");
            (source, permit)
        }
    })
}

/// Reads the rows on a separate thread, because reading may block.
pub(crate) fn read_in_thread<C: Send + 'static>(
    read: impl FnOnce(&mut dyn FnMut(InputRow<C>) -> bool) + Send + 'static,
) -> Result<impl Stream<Item = InputRow<C>>, Failure> {
    let (sender, mut receiver) = mpsc::channel(2);
    thread::Builder::new()
        .name("vitae-import".to_owned())
        .spawn(move || read(&mut |source| sender.blocking_send(source).is_ok()))
        .map_err(|e| Failure::io("start a thread", &e))?;
    Ok(stream::poll_fn(move |context| receiver.poll_recv(context)))
}

/// Returns the identity of the import: input, server, account and options.
async fn identity<K: Kind>(connection: &Connection, kind: &K, inputs: &Inputs) -> Result<Identity, Failure> {
    let state = connection.client.auth().login_state().await;
    let state = state.map_err(|e| connection.explain("read the login", &e))?;
    let account = state.and_then(|state| state.user_id.map(|id| id.to_string()).or(state.account));
    let (name, overrides) = kind.identity();
    Ok(Identity {
        kind: name.to_owned(),
        server: connection.context.origin.clone(),
        account: account.unwrap_or_default(),
        overrides,
        input: inputs.digest.clone(),
        paths: inputs.paths.clone(),
    })
}

/// Fails if the server has other data than recorded in the journal.
async fn check_same_data<K: Kind>(kind: &K, id: &str) -> Result<(), Failure> {
    if kind.exists(id).await? {
        return Ok(());
    }
    Err(Failure::new(exit::CONFLICT, format!("this import created {id}, which does not exist on the server"))
        .next("if the server has been reset, restart the import with --again"))
}

/// Whether the next row would fail for the same reason.
fn is_fatal(failure: &Failure) -> bool {
    matches!(failure.exit, exit::NOT_LOGGED_IN | exit::UNREACHABLE | exit::RATE_LIMITED)
        || matches!(failure.code.as_deref(), Some("storage_full" | "quota_exceeded"))
}

/// Adds the next step to the failure of an interrupted import.
pub(crate) fn interrupted(failure: Failure) -> Failure {
    match failure.exit {
        exit::INTERRUPTED | exit::TERMINATED => failure.next("repeat the command to resume the import"),
        _ => failure,
    }
}

/// Adds how to resume to the failure that stopped an import.
fn with_resume_step(mut failure: Failure) -> Failure {
    let step = failure.next_step.take().map(|step| format!("{step}; ")).unwrap_or_default();
    failure.next(format!("{step}then repeat the command to resume the import"))
}

fn too_many(rejected: u64) -> Failure {
    Failure::new(exit::SOME_FAILED, format!("stopped after {rejected} rejected rows"))
        .next("repeat the command to continue with the remaining rows, without the rejected ones")
}
