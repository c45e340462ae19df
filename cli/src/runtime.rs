//! The async part of a command, and the signals that end it.

use std::future::Future;
use std::thread;
use std::time::Duration;

#[cfg(unix)]
use rustix::event::{PollFd, PollFlags, poll};
#[cfg(unix)]
use rustix::io::retry_on_intr;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::errors::Failure;
use crate::exit;
use crate::terminal::TerminalMode;

/// How long a renewal of the login may go on after a signal; cut short, it would lose the login.
const GRACE: Duration = Duration::from_secs(2);

/// Runs the network's part of a command until it ends or a signal comes.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::io("start the runtime", &e))?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = work => outcome,
            exit = signal() => Err(Failure::new(exit, "interrupted")),
        }
    });
    runtime.shutdown_timeout(GRACE);
    outcome
}

/// Waits for what has the terminal to itself, such as an editor: ctrl-c is its own affair.
pub(crate) fn run_in_foreground<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::io("start the runtime", &e))?;
    runtime.block_on(async {
        tokio::select! {
            outcome = run_blocking(work) => outcome,
            exit = termination() => Err(Failure::new(exit, "interrupted")),
        }
    })
}

/// Does what blocks, such as waiting for a person, where signals still end the command.
pub(crate) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    // Dropped by a signal, too, while the question still stands.
    let _mode = TerminalMode::capture();
    let (answer, answered) = oneshot::channel();
    // A thread of its own: the runtime would wait for one of its threads at the end.
    thread::Builder::new()
        .name("vitae-aside".to_owned())
        // Nobody listens any more after a signal.
        .spawn(move || drop(answer.send(work())))
        .map_err(|e| Failure::io("start a thread", &e))?;
    match answered.await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::new(exit::FAILED, "a part of this program broke")),
    }
}

/// Waits until nobody reads standard output any more; a file or a terminal is always read.
#[cfg(unix)]
pub(crate) async fn reader_gone() {
    let (gone, told) = oneshot::channel();
    // Nothing is asked for: what ends a pipe is reported in any case.
    let watch = move || {
        let stdout = std::io::stdout();
        let mut ends = [PollFd::new(&stdout, PollFlags::empty())];
        let polled = retry_on_intr(|| poll(&mut ends, None));
        if polled.is_ok() {
            // Nobody listens any more if the command has ended.
            let _ = gone.send(());
        }
    };
    let thread = thread::Builder::new().name("vitae-reader".to_owned()).spawn(watch);
    if thread.is_err() || told.await.is_err() {
        // The next write notices it, too.
        std::future::pending::<()>().await;
    }
}

/// Elsewhere the next write notices it.
#[cfg(not(unix))]
pub(crate) async fn reader_gone() {
    std::future::pending().await
}

#[cfg(unix)]
async fn signal() -> u8 {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without handlers of ours the system ends the program, which says the same.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => exit::INTERRUPTED,
        _ = terminate.recv() => exit::TERMINATED,
    }
}

/// The end from outside, and not by a key.
#[cfg(unix)]
async fn termination() -> u8 {
    use tokio::signal::unix::{SignalKind, signal};
    // With a handler of ours ctrl-c no longer ends the program; nobody listens to it here.
    let interrupt = signal(SignalKind::interrupt());
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    terminate.recv().await;
    drop(interrupt);
    exit::TERMINATED
}

#[cfg(not(unix))]
async fn termination() -> u8 {
    std::future::pending().await
}

#[cfg(not(unix))]
async fn signal() -> u8 {
    match tokio::signal::ctrl_c().await {
        Ok(()) => exit::INTERRUPTED,
        Err(_) => std::future::pending().await,
    }
}
