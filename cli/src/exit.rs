//! The exit codes of `vitae`.

/// Success; also when the reader of standard output closed the pipe.
pub(crate) const DONE: u8 = 0;
/// A failure without a more specific code.
pub(crate) const FAILED: u8 = 1;
/// Differences were found, for commands that compare. Their failures have other codes.
pub(crate) const DIFFERENT: u8 = 1;
/// The command line is invalid.
pub(crate) const USAGE: u8 = 2;
/// The person, resume or profile does not exist.
pub(crate) const NOT_FOUND: u8 = 3;
/// No login, or the login was rejected.
pub(crate) const NOT_LOGGED_IN: u8 = 4;
/// The role does not permit the action.
pub(crate) const FORBIDDEN: u8 = 5;
/// The state of the object prevents the action.
pub(crate) const CONFLICT: u8 = 6;
/// The input is invalid.
pub(crate) const INVALID_INPUT: u8 = 7;
/// Too many requests.
pub(crate) const RATE_LIMITED: u8 = 8;
/// The server cannot be reached.
pub(crate) const UNREACHABLE: u8 = 9;
/// Some of several objects failed.
pub(crate) const SOME_FAILED: u8 = 10;
/// Ended by ctrl-C (SIGINT).
pub(crate) const INTERRUPTED: u8 = 130;
/// Ended by SIGTERM.
pub(crate) const TERMINATED: u8 = 143;

/// An exit code with its name and description.
pub(crate) struct Meaning {
    pub(crate) code: u8,
    /// The `code` of an error that has no code from the server.
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

/// All exit codes.
pub(crate) const ALL: &[Meaning] = &[
    means(DONE, "done", "done"),
    means(FAILED, "failed", "failed"),
    means(USAGE, "usage", "usage"),
    means(NOT_FOUND, "not_found", "not found"),
    means(NOT_LOGGED_IN, "not_logged_in", "not logged in"),
    means(FORBIDDEN, "forbidden", "forbidden"),
    means(CONFLICT, "conflict", "conflict"),
    means(INVALID_INPUT, "invalid_input", "invalid input"),
    means(RATE_LIMITED, "rate_limited", "rate limited"),
    means(UNREACHABLE, "unreachable", "server unreachable"),
    means(SOME_FAILED, "some_failed", "some of several failed"),
    means(INTERRUPTED, "interrupted", "interrupted"),
    means(TERMINATED, "terminated", "terminated"),
];

/// Returns the entry of a code; unknown codes count as [`FAILED`].
pub(crate) fn meaning(code: u8) -> &'static Meaning {
    ALL.iter().find(|known| known.code == code).unwrap_or(&ALL[1])
}

const fn means(code: u8, name: &'static str, text: &'static str) -> Meaning {
    Meaning { code, name, text }
}
