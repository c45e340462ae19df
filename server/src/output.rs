//! The one place that writes to the terminal.
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "the module that opts out")]

use std::net::SocketAddr;

use tracing_subscriber::filter::LevelFilter;

/// Says that the server can be used.
pub(crate) fn ready(address: SocketAddr) {
    eprintln!("vitaed ready on http://{address}");
}

/// Gives a line to whatever program started this one.
pub(crate) fn line(line: &str) {
    println!("{line}");
}

/// Says something that an operator should know.
pub(crate) fn note(line: &str) {
    eprintln!("vitaed {line}");
}

/// Says why the program ends, with every cause.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("vitaed: {error:#}");
}

/// Logs to stderr, as much as `VITAE_LOG` says: error, warn (default), info or debug.
pub(crate) fn start_log() {
    let level =
        std::env::var("VITAE_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::WARN);
    tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(false).init();
}
