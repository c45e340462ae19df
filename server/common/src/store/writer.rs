//! The writer: one thread per file, which commits changes in groups (group commit).
//!
//! Changes that arrive during a commit form the next group; no change waits for a group to fill.

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

/// The maximum number of commands in one commit.
const GROUP_SIZE: usize = 256;

/// The handle of the writer; the thread ends when it is dropped.
pub(super) struct Writer {
    commands: Option<Sender<Box<dyn Command>>>,
    thread: Option<JoinHandle<()>>,
    /// Keeps a thread that could not be started in the list of dead workers.
    _worker: supervisor::Worker,
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
        // Without the thread, every write returns `StoreError::Closed`.
        listed.set_dead(thread.is_none());
        Self { commands: Some(commands), thread, _worker: listed }
    }

    pub(super) async fn submit<T: Send + 'static>(
        &self,
        change: impl Fn(&Connection) -> Result<T, ServiceError> + Send + 'static,
        urgency: Urgency,
    ) -> Result<T, ServiceError> {
        let (reply, result) = oneshot::channel();
        let job = Job { change, urgency, outcome: None, reply };
        let sent = self.commands.as_ref().is_some_and(|commands| commands.send(Box::new(job)).is_ok());
        if !sent {
            return Err(StoreError::Closed.into());
        }
        // The writer panicked before it could reply.
        result.await.unwrap_or_else(|_| Err(StoreError::Interrupted.into()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // The last group is committed before the file is closed; a panic was already reported.
            drop(thread.join());
        }
    }
}

/// A queued change with its type erased.
trait Command: Send {
    /// Runs the change inside an open savepoint; returns whether to keep its effects.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Sets an error as the outcome without running the change.
    fn reject(&mut self, error: StoreError);
    /// Whether the change may use the reserved space.
    fn is_essential(&self) -> bool;
    /// Whether the change ran out of space.
    fn found_full(&self) -> bool;
    /// Replies with the outcome of the change, or with the error of the commit.
    fn reply(self: Box<Self>, commit: Result<(), StoreError>);
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
        // A panic in one change must not end the thread that all other changes need.
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| (self.change)(connection)));
        let outcome = outcome.unwrap_or_else(|_| {
            Err(ServiceError::new(Code::Internal, "the change failed; nothing was changed"))
        });
        let keep = outcome.is_ok();
        self.outcome = Some(outcome);
        keep
    }

    fn reject(&mut self, error: StoreError) {
        self.outcome = Some(Err(error.into()));
    }

    fn is_essential(&self) -> bool {
        self.urgency == Urgency::Essential
    }

    fn found_full(&self) -> bool {
        matches!(&self.outcome, Some(Err(error)) if error.code == Code::StorageFull)
    }

    fn reply(self: Box<Self>, commit: Result<(), StoreError>) {
        let result = match (commit, self.outcome) {
            (Err(error), _) => Err(error.into()),
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(StoreError::Closed.into()),
        };
        // The caller may have gone away; the change is committed nevertheless.
        drop(self.reply.send(result));
    }
}

struct Worker {
    /// `None` during a commit, and after a failed commit until the file is reopened.
    connection: Option<Connection>,
    reopen: Box<dyn Fn() -> Result<Connection, OpenError> + Send>,
    reserve: Arc<Reserve>,
    progress: Arc<Progress>,
}

impl Worker {
    fn run(&mut self, queue: &Receiver<Box<dyn Command>>) {
        while let Ok(first) = queue.recv() {
            let mut group = vec![first];
            group.extend(queue.try_iter().take(GROUP_SIZE - 1));
            self.commit(group, Relief::None);
            self.reserve.checkpoint(self.connection.as_ref());
            self.reserve.refill();
        }
    }

    /// Runs commands in one commit; `relief` is the measure that was already taken to make space for them.
    fn commit(&mut self, mut group: Vec<Box<dyn Command>>, relief: Relief) {
        // Moved out: a panic from here on drops the connection and thereby rolls back the open transaction.
        let connection = match self.take_connection() {
            Ok(connection) => connection,
            Err(error) => {
                tracing::error!(%error, "the file of the writer cannot be reopened; trying again with the next change");
                return reply_to_all(group, || Err(StoreError::Unopened));
            }
        };
        let ran = run_group(&connection, &self.reserve, &mut group);
        // A failed commit may or may not be on disk, so the file is reopened before the next write.
        if !matches!(ran, Err(Failure::Commit(_))) {
            self.connection = Some(connection);
        }
        match ran {
            Ok(()) => {
                self.progress.commits.fetch_add(1, Ordering::Relaxed);
                self.progress.commands.fetch_add(group.len() as u64, Ordering::Relaxed);
                reply_to_all(group, || Ok(()));
                self.progress.committed.send_modify(|commits| *commits += 1);
            }
            Err(failure) => self.recover(group, failure, relief),
        }
    }

    fn recover(&mut self, group: Vec<Box<dyn Command>>, failure: Failure, relief: Relief) {
        let is_full = match &failure {
            Failure::RolledBack => group.len() > 1 || group.iter().all(|command| command.found_full()),
            Failure::Commit(error) => is_full(error),
        };
        if is_full && group.len() > 1 {
            // One command filled the disk, and SQLite rolled all of them back: retry each on its own.
            for command in group {
                self.commit(vec![command], Relief::None);
            }
        } else if is_full && let Some(relief) = self.make_room(&group, relief) {
            self.commit(group, relief);
        } else {
            match failure {
                Failure::RolledBack => reply_to_all(group, || Ok(())),
                Failure::Commit(error) => fail(group, error),
            }
        }
    }

    /// Takes the next measure to make space for a command that found the disk full; `None` if none is left.
    fn make_room(&mut self, group: &[Box<dyn Command>], relief: Relief) -> Option<Relief> {
        let relief = match relief {
            // A page limit cannot be raised.
            _ if self.reserve.has_page_limit() => return None,
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

    /// Returns the connection; reopens it if necessary, which needs a little disk space.
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
        command.reply(Err(if full {
            // SQLite writes no commit record then, so the group was rolled back.
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

fn reply_to_all(group: Vec<Box<dyn Command>>, commit: impl Fn() -> Result<(), StoreError>) {
    for command in group {
        command.reply(commit());
    }
}

enum Failure {
    /// SQLite rolled back the whole transaction while a command ran.
    RolledBack,
    /// The transaction could not be started, or its commit failed.
    Commit(rusqlite::Error),
}

/// The measure taken to make space for a command that found the disk full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relief {
    None,
    /// The write-ahead log was checkpointed and truncated.
    Checkpoint,
    /// The reserved space was released, too.
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
                        command.reject(StoreError::Low(why));
                        continue;
                    }
                }
            }
            allowance -= 1;
        }
        reserve.set_page_limit(connection, is_essential).map_err(Failure::Commit)?;
        let ran = run_one(connection, command.as_mut());
        if connection.is_autocommit() {
            return Err(Failure::RolledBack);
        }
        ran.map_err(Failure::Commit)?;
        if is_essential && command.found_full() {
            connection.execute_batch("ROLLBACK").map_err(Failure::Commit)?;
            return Err(Failure::RolledBack);
        }
    }
    connection.execute_batch("COMMIT").map_err(Failure::Commit)
}

/// Runs a command in its own savepoint, so that an error does not roll back the others of the group.
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
