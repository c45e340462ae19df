//! Prompts on a terminal, and passwords from standard input.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use vitae_contracts_core::Untrusted;
use vitae_sdk::{ExposeSecret as _, SecretString};

use crate::errors::Failure;
use crate::exit;
use crate::terminal::TerminalMode;

/// Maximum bytes read for a password, so that an endless pipe is not read forever.
const MAX_PASSWORD_INPUT: u64 = 64 << 10;

/// Whether standard input and standard error are terminals.
pub(crate) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line of text; an empty line selects the default.
pub(crate) fn text(question: &str, default: Option<&str>) -> Result<String, Failure> {
    let suggestion = default.map(|default| format!(" [{default}]")).unwrap_or_default();
    let answer = answer(&format!("{question}{suggestion}: "))?;
    match (answer.trim(), default) {
        ("", Some(default)) => Ok(default.to_owned()),
        ("", None) => Err(Failure::usage(format!("no {question} was given"))),
        (answer, _) => Ok(answer.to_owned()),
    }
}

/// Asks for confirmation; the default is no.
pub(crate) fn confirm(question: &str) -> Result<bool, Failure> {
    let answer = answer(&format!("{question} [y/N] "))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The decision about an edited text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EditDecision {
    Save,
    EditAgain,
    Cancel,
}

/// Asks what to do with an edited text; an empty line selects `default`.
pub(crate) fn ask_decision(question: &str, default: EditDecision) -> Result<EditDecision, Failure> {
    let answer = answer(question)?;
    if answer.is_empty() {
        // End of input: the terminal is gone, so nothing is saved.
        return Ok(EditDecision::Cancel);
    }
    Ok(match answer.trim() {
        "" => default,
        "y" | "Y" | "yes" => EditDecision::Save,
        "e" | "E" | "edit" => EditDecision::EditAgain,
        _ => EditDecision::Cancel,
    })
}

/// Asks for one of several choices by number; returns its index.
pub(crate) fn choice(question: &str, choices: &[String]) -> Result<usize, Failure> {
    for (at, choice) in choices.iter().enumerate() {
        crate::stderr::print_line(&format!("{}) {choice}", at + 1));
    }
    let answer = answer(&format!("{question} [1-{}]: ", choices.len()))?;
    let number = answer.trim().parse().ok().filter(|number| (1..=choices.len()).contains(number));
    number.map(|number| number - 1).ok_or_else(|| Failure::usage("no choice was made"))
}

/// Asks for a password without echo.
pub(crate) fn password(question: &str) -> Result<SecretString, Failure> {
    let mode = TerminalMode::capture();
    mode.disable_echo();
    match rpassword::prompt_password(format!("{}: ", Untrusted::from(question).escaped())) {
        Ok(password) => Ok(password.into()),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
            Err(Failure::new(exit::INTERRUPTED, "interrupted"))
        }
        Err(error) => Err(Failure::io("read the password from the terminal", &error)
            .next("give it on standard input, with --password-stdin")),
    }
}

/// Asks for a new password twice; different passwords are a usage failure.
pub(crate) fn new_password() -> Result<SecretString, Failure> {
    let new = password("New password")?;
    let again = password("New password again")?;
    if new.expose_secret() == again.expose_secret() {
        return Ok(new);
    }
    Err(Failure::usage("the two passwords differ").next("repeat the command"))
}

/// Reads a password from standard input, without the trailing line break.
pub(crate) fn password_from_stdin() -> Result<SecretString, Failure> {
    if io::stdin().is_terminal() {
        return password("Password");
    }
    let mut text = String::new();
    io::stdin()
        .take(MAX_PASSWORD_INPUT)
        .read_to_string(&mut text)
        .map_err(|e| Failure::io("read the password from standard input", &e))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(Failure::usage("standard input contains no password")
            .next("pipe it in: vitae … --password-stdin < FILE"));
    }
    Ok(line.to_owned().into())
}

fn answer(question: &str) -> Result<String, Failure> {
    // The question may contain untrusted text. The lock must not be held while waiting for input,
    // because a signal handler prints a message.
    let _ = write!(io::stderr(), "{}", Untrusted::from(question).escaped());
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|e| Failure::io("read the answer from the terminal", &e))?;
    Ok(answer)
}
