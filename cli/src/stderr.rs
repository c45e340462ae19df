//! Lines on standard error.

use std::io::{self, Write as _};

use vitae_contracts_core::Untrusted;

/// Prints an escaped line to standard error; write errors are ignored.
pub(crate) fn print_line(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", Untrusted::from(line).escaped());
}
