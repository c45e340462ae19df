//! Output to stdout and stderr.
//!
//! Output never panics and never blocks the server: all lines for stderr, including the log, go through one
//! queue ([`LogQueue`]), and errors of standard output are returned.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::panic::PanicHookInfo;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tracing_subscriber::filter::LevelFilter;
use vitae_server_stack::LogQueue;

/// The maximum time to write the last lines before the program ends; stderr may be a pipe that no process reads.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

static STDERR: OnceLock<LogQueue> = OnceLock::new();

/// Prints that the server is ready.
pub(crate) fn ready(address: SocketAddr) {
    stderr(&format!("vitaed ready on http://{address}"));
}

/// Prints that the port is open, and which services it still waits for.
pub(crate) fn listening(address: SocketAddr, missing: &str) {
    stderr(&format!("vitaed listening on http://{address}; waiting for {missing}"));
}

/// Prints a line to standard output, for programs.
pub(crate) fn line(line: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    written.context("cannot write to standard output")
}

/// Prints a message for the operator to stderr.
pub(crate) fn note(line: &str) {
    stderr(&format!("vitaed {line}"));
}

/// Prints the error that ends the program, with its causes.
pub(crate) fn error(error: &anyhow::Error) {
    stderr(&format!("vitaed: {error:#}"));
}

/// Prints help, the version or a usage error; the exit code is 1 if that fails.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let printed = error.print().and_then(|()| io::stdout().flush());
    match error.exit_code() {
        0 if printed.is_ok() => ExitCode::SUCCESS,
        0 => ExitCode::FAILURE,
        code => ExitCode::from(u8::try_from(code).unwrap_or(2)),
    }
}

/// Starts the log to stderr, at the level in `VITAE_LOG`: error, warn (default), info or debug.
pub(crate) fn start_log() -> Result<()> {
    let log = LogQueue::start(io::stderr()).context("cannot start the thread that writes the log")?;
    let log = STDERR.get_or_init(|| log);
    std::panic::set_hook(Box::new(log_panic));
    let level =
        std::env::var("VITAE_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::WARN);
    let subscriber = tracing_subscriber::fmt().with_max_level(level).with_ansi(false);
    subscriber.log_internal_errors(false).with_writer(|| log.clone()).init();
    Ok(())
}

/// Writes all queued lines; called before the program ends.
pub(crate) fn finish() {
    if let Some(log) = STDERR.get() {
        log.flush(FLUSH_TIMEOUT);
    }
}

/// Logs a panic like the standard library's hook, through the queue.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("<unnamed>");
    let backtrace = Backtrace::capture();
    let backtrace = match backtrace.status() {
        BacktraceStatus::Captured => format!("\n{backtrace}"),
        _ => String::new(),
    };
    stderr(&format!("vitaed: thread '{name}' {panic}{backtrace}"));
}

fn stderr(line: &str) {
    match STDERR.get() {
        Some(log) => log.push(format!("{line}\n").as_bytes()),
        // Before the log has started, an error cannot be reported elsewhere.
        None => drop(writeln!(io::stderr(), "{line}")),
    }
}
