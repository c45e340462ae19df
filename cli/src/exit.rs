//! What the exit code of `vitae` says.

/// All is done; also when the reader of standard output has gone.
pub(crate) const DONE: u8 = 0;
/// Failed for a reason that has no code of its own.
pub(crate) const FAILED: u8 = 1;
/// For a command that compares: there are differences. Its failures have other codes.
pub(crate) const DIFFERENT: u8 = 1;
/// The command itself is wrong.
pub(crate) const USAGE: u8 = 2;
/// There is no such person or resume.
pub(crate) const NOT_FOUND: u8 = 3;
/// Nobody is logged in, or the login was refused.
pub(crate) const NOT_LOGGED_IN: u8 = 4;
/// The role does not allow it.
pub(crate) const FORBIDDEN: u8 = 5;
/// The state of the object forbids it.
pub(crate) const CONFLICT: u8 = 6;
/// The input is refused.
pub(crate) const INVALID_INPUT: u8 = 7;
/// Too many requests.
pub(crate) const RATE_LIMITED: u8 = 8;
/// No answer from the server.
pub(crate) const UNREACHABLE: u8 = 9;
/// Some of many failed.
pub(crate) const SOME_FAILED: u8 = 10;
/// Ended by ctrl-c.
pub(crate) const INTERRUPTED: u8 = 130;
/// Ended by SIGTERM.
pub(crate) const TERMINATED: u8 = 143;

/// An exit code with its name and what it says.
pub(crate) struct Meaning {
    pub(crate) code: u8,
    /// As `code` of an error that no server has named.
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

/// Every code.
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
    means(SOME_FAILED, "some_failed", "some of many failed"),
    means(INTERRUPTED, "interrupted", "interrupted"),
    means(TERMINATED, "terminated", "terminated"),
];

/// What a code says; as a failure of no special kind if it is not ours.
pub(crate) fn meaning(code: u8) -> &'static Meaning {
    ALL.iter().find(|known| known.code == code).unwrap_or(&ALL[1])
}

const fn means(code: u8, name: &'static str, text: &'static str) -> Meaning {
    Meaning { code, name, text }
}
