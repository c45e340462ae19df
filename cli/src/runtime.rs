//! The async runtime of a command, and its signal handling.

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

/// Time for a running token refresh after a signal; aborting it would lose the login.
const GRACE: Duration = Duration::from_secs(2);

/// Runs a future until it completes or a signal arrives.
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

/// Runs a program that owns the terminal, such as an editor, which handles ctrl-C itself.
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

/// Runs blocking work, such as a prompt, on another thread, so that signals still end the command.
pub(crate) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    // Restores the terminal also when a signal drops this future during a prompt.
    let _mode = TerminalMode::capture();
    let (answer, answered) = oneshot::channel();
    // Not a thread of the runtime, which would wait for it at shutdown.
    thread::Builder::new()
        .name("vitae-aside".to_owned())
        // The receiver is dropped after a signal.
        .spawn(move || drop(answer.send(work())))
        .map_err(|e| Failure::io("start a thread", &e))?;
    match answered.await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::new(exit::FAILED, "internal error: a worker thread panicked")),
    }
}

/// Waits until the reader of standard output closes the pipe; never returns for files and terminals.
#[cfg(unix)]
pub(crate) async fn reader_gone() {
    let (ended, has_ended) = oneshot::channel();
    // Without requested events, poll still reports errors and hang-ups.
    let watch = move || {
        let stdout = std::io::stdout();
        let mut ends = [PollFd::new(&stdout, PollFlags::empty())];
        let polled = retry_on_intr(|| poll(&mut ends, None));
        if polled.is_ok() {
            // The receiver is dropped when the command has ended.
            let _ = ended.send(());
        }
    };
    let thread = thread::Builder::new().name("vitae-reader".to_owned()).spawn(watch);
    if thread.is_err() || has_ended.await.is_err() {
        // The next write fails with a broken pipe as well.
        std::future::pending::<()>().await;
    }
}

/// On other platforms the next write detects a closed pipe.
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
        // Without our handlers the default action ends the process with the same code.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => exit::INTERRUPTED,
        _ = terminate.recv() => exit::TERMINATED,
    }
}

/// Waits for SIGTERM, ignoring ctrl-C.
#[cfg(unix)]
async fn termination() -> u8 {
    use tokio::signal::unix::{SignalKind, signal};
    // Installing a handler disables the default action of ctrl-C; its events are not read here.
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
