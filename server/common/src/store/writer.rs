//! The writer: one thread a file, which commits in groups.
//!
//! While one commit waits for the disk, the next group gathers; nobody waits for a
//! group to fill.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;
use vitae_contracts_core::Code;

use super::open::OpenError;
use super::reserve;
use super::{Progress, Reserve, StoreError, Urgency};
use crate::{ServiceError, supervisor};

/// The most commands of one commit.
const GROUP: usize = 256;

/// The sending end of the writer; the thread ends with it.
pub(super) struct Writer {
    commands: Option<Sender<Box<dyn Command>>>,
    thread: Option<JoinHandle<()>>,
    /// Keeps a thread that could not be started in the list of dead ones.
    _listed: supervisor::Worker,
}

impl Writer {
    pub(super) fn start(
        service: &str,
        connection: Connection,
        reopen: impl Fn() -> Result<Connection, OpenError> + Send + 'static,
        reserve: Arc<Reserve>,
        progress: Arc<Progress>,
    ) -> Self {
        let (commands, queue) = channel();
        let mut worker = Worker { connection: Some(connection), reopen: Box::new(reopen), reserve, progress };
        let listed = supervisor::Worker::new(format!("{service}-writer"));
        let thread = std::thread::Builder::new().name(listed.name().to_owned());
        let running = listed.clone();
        let thread = thread.spawn(move || running.run(|| worker.run(&queue))).ok();
        // Without its thread every write answers "closed".
        listed.set_dead(thread.is_none());
        Self { commands: Some(commands), thread, _listed: listed }
    }

    pub(super) async fn submit<T: Send + 'static>(
        &self,
        change: impl Fn(&Connection) -> Result<T, ServiceError> + Send + 'static,
        urgency: Urgency,
    ) -> Result<T, ServiceError> {
        let (reply, answer) = oneshot::channel();
        let job = Job { change, urgency, outcome: None, reply };
        let sent = self.commands.as_ref().is_some_and(|commands| commands.send(Box::new(job)).is_ok());
        if !sent {
            return Err(StoreError::Closed.into());
        }
        // The writer panicked before it could answer.
        answer.await.unwrap_or_else(|_| Err(StoreError::Interrupted.into()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // Its last group is committed before the file is closed; a panic there was reported.
            drop(thread.join());
        }
    }
}

/// A queued change, its type erased.
trait Command: Send {
    /// Runs the change inside an open savepoint; whether to keep what it did.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Takes an error for the outcome, without running the change.
    fn refuse(&mut self, error: StoreError);
    /// Whether the change may use the reserved space.
    fn is_essential(&self) -> bool;
    /// Whether the change ran out of space.
    fn found_full(&self) -> bool;
    /// Answers, with the change's own outcome unless the commit failed.
    fn answer(self: Box<Self>, commit: Result<(), StoreError>);
}

struct Job<F, T> {
    change: F,
    urgency: Urgency,
    outcome: Option<Result<T, ServiceError>>,
    reply: oneshot::Sender<Result<T, ServiceError>>,
}

impl<F, T> Command for Job<F, T>
where
    F: Fn(&Connection) -> Result<T, ServiceError> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        // A panic in one change must not end the thread that every other change needs.
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| (self.change)(connection)));
        let outcome = outcome.unwrap_or_else(|_| {
            Err(ServiceError::new(Code::Internal, "the change failed; nothing was changed"))
        });
        let keep = outcome.is_ok();
        self.outcome = Some(outcome);
        keep
    }

    fn refuse(&mut self, error: StoreError) {
        self.outcome = Some(Err(error.into()));
    }

    fn is_essential(&self) -> bool {
        self.urgency == Urgency::Essential
    }

    fn found_full(&self) -> bool {
        matches!(&self.outcome, Some(Err(refusal)) if refusal.code == Code::StorageFull)
    }

    fn answer(self: Box<Self>, commit: Result<(), StoreError>) {
        let answer = match (commit, self.outcome) {
            (Err(error), _) => Err(error.into()),
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(StoreError::Closed.into()),
        };
        // Nobody may be waiting any more; the change stands all the same.
        drop(self.reply.send(answer));
    }
}

struct Worker {
    /// `None` during a commit, and after a failed one until the file is open again.
    connection: Option<Connection>,
    reopen: Box<dyn Fn() -> Result<Connection, OpenError> + Send>,
    reserve: Arc<Reserve>,
    progress: Arc<Progress>,
}

impl Worker {
    fn run(&mut self, queue: &Receiver<Box<dyn Command>>) {
        while let Ok(first) = queue.recv() {
            let mut group = vec![first];
            group.extend(queue.try_iter().take(GROUP - 1));
            self.commit(group, Relief::None);
            self.reserve.settle(self.connection.as_ref());
            self.reserve.refill();
        }
    }

    /// Runs commands in one commit; `relief` is what has been done to make room for them.
    fn commit(&mut self, mut group: Vec<Box<dyn Command>>, relief: Relief) {
        // Taken: a panic from here on drops the connection, and the open transaction with it.
        let connection = match self.take_connection() {
            Ok(connection) => connection,
            Err(error) => {
                tracing::error!(%error, "the file of the writer cannot be opened again; trying with the next change");
                return answer_all(group, || Err(StoreError::Unopened));
            }
        };
        let ran = run_group(&connection, &self.reserve, &mut group);
        // A failed commit may or may not be on disk: nothing is written before the file is read afresh.
        if !matches!(ran, Err(Failure::Commit(_))) {
            self.connection = Some(connection);
        }
        match ran {
            Ok(()) => {
                self.progress.commits.fetch_add(1, Ordering::Relaxed);
                self.progress.commands.fetch_add(group.len() as u64, Ordering::Relaxed);
                answer_all(group, || Ok(()));
                self.progress.committed.send_modify(|commits| *commits += 1);
            }
            Err(failure) => self.recover(group, failure, relief),
        }
    }

    fn recover(&mut self, group: Vec<Box<dyn Command>>, failure: Failure, relief: Relief) {
        let is_full = match &failure {
            Failure::Undone => group.len() > 1 || group.iter().all(|command| command.found_full()),
            Failure::Commit(error) => is_full(error),
        };
        if is_full && group.len() > 1 {
            // One command filled the disk, and SQLite undid them all: each on its own.
            for command in group {
                self.commit(vec![command], Relief::None);
            }
        } else if is_full && let Some(relief) = self.make_room(&group, relief) {
            self.commit(group, relief);
        } else {
            match failure {
                Failure::Undone => answer_all(group, || Ok(())),
                Failure::Commit(error) => fail(group, error),
            }
        }
    }

    /// Makes room for a command that found none, if that was not tried yet.
    fn make_room(&mut self, group: &[Box<dyn Command>], relief: Relief) -> Option<Relief> {
        let relief = match relief {
            // The bound of a file does not move.
            _ if self.reserve.is_bounded() => return None,
            Relief::None => Relief::Checkpoint,
            Relief::Checkpoint if group.iter().all(|command| command.is_essential()) => {
                self.reserve.release().then_some(Relief::Reserve)?
            }
            Relief::Checkpoint | Relief::Reserve => return None,
        };
        let connection = self.take_connection().ok()?;
        reserve::empty_log(&connection);
        self.connection = Some(connection);
        Some(relief)
    }

    /// The connection, opened again if need be; to be opened, the file needs a little room beside it.
    fn take_connection(&mut self) -> Result<Connection, OpenError> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.reserve.open(&self.reopen),
        }
    }
}

fn fail(group: Vec<Box<dyn Command>>, error: rusqlite::Error) {
    let full = is_full(&error);
    tracing::error!(%error, "the commit failed; reopening the file");
    let error = Arc::new(error);
    for command in group {
        command.answer(Err(if full {
            // SQLite writes no commit record then: the group did not happen.
            StoreError::Full(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
                None,
            ))
        } else {
            StoreError::Commit(Arc::clone(&error))
        }));
    }
}

fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
}

fn answer_all(group: Vec<Box<dyn Command>>, commit: impl Fn() -> Result<(), StoreError>) {
    for command in group {
        command.answer(commit());
    }
}

enum Failure {
    /// SQLite rolled the whole transaction back while a command ran.
    Undone,
    /// The transaction could not be begun, or its commit failed.
    Commit(rusqlite::Error),
}

/// What was done to make room for a command that found the disk full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relief {
    None,
    /// The write-ahead log was emptied.
    Checkpoint,
    /// The reserved space was given to it, too.
    Reserve,
}

fn run_group(
    connection: &Connection,
    reserve: &Reserve,
    group: &mut [Box<dyn Command>],
) -> Result<(), Failure> {
    connection.execute_batch("BEGIN IMMEDIATE").map_err(Failure::Commit)?;
    let mut allowance = 0;
    for command in group {
        let is_essential = command.is_essential();
        if !is_essential {
            if allowance == 0 {
                match reserve.allowance(connection) {
                    Ok(commands) => allowance = commands,
                    Err(why) => {
                        command.refuse(StoreError::Low(why));
                        continue;
                    }
                }
            }
            allowance -= 1;
        }
        reserve.bound(connection, is_essential).map_err(Failure::Commit)?;
        let ran = run_one(connection, command.as_mut());
        if connection.is_autocommit() {
            return Err(Failure::Undone);
        }
        ran.map_err(Failure::Commit)?;
        if is_essential && command.found_full() {
            connection.execute_batch("ROLLBACK").map_err(Failure::Commit)?;
            return Err(Failure::Undone);
        }
    }
    connection.execute_batch("COMMIT").map_err(Failure::Commit)
}

/// Each command has its own savepoint, so that one refusal does not undo its neighbours.
fn run_one(connection: &Connection, command: &mut dyn Command) -> rusqlite::Result<()> {
    connection.prepare_cached("SAVEPOINT command")?.execute([])?;
    if !command.run(connection) && !connection.is_autocommit() {
        connection.prepare_cached("ROLLBACK TO command")?.execute([])?;
    }
    if connection.is_autocommit() {
        return Ok(());
    }
    connection.prepare_cached("RELEASE command")?.execute([]).map(drop)
}
