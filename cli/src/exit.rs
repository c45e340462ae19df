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

/// Every code, with what it says in few words.
pub(crate) const ALL: &[(u8, &str)] = &[
    (DONE, "done"),
    (FAILED, "failed"),
    (USAGE, "usage"),
    (NOT_FOUND, "not found"),
    (NOT_LOGGED_IN, "not logged in"),
    (FORBIDDEN, "forbidden"),
    (CONFLICT, "conflict"),
    (INVALID_INPUT, "invalid input"),
    (RATE_LIMITED, "rate limited"),
    (UNREACHABLE, "server unreachable"),
    (SOME_FAILED, "some of many failed"),
    (INTERRUPTED, "interrupted"),
    (TERMINATED, "terminated"),
];

/// What a code says; nothing for one that is not ours.
pub(crate) fn meaning(code: u8) -> &'static str {
    ALL.iter().find(|(known, _)| *known == code).map_or("", |(_, meaning)| meaning)
}
