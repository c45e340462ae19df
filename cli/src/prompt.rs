//! Questions to a person, on a terminal only, and passwords from a pipe.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use vitae_contracts_core::Untrusted;
use vitae_sdk::{ExposeSecret as _, SecretString};

use crate::errors::Failure;
use crate::exit;
use crate::terminal::TerminalMode;

/// Longer than any password; a pipe that never ends is not read to its end.
const MAX_PASSWORD_INPUT: u64 = 64 << 10;

/// Whether a person is there to answer.
pub(crate) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line of text; an empty answer takes the default.
pub(crate) fn text(question: &str, default: Option<&str>) -> Result<String, Failure> {
    let suggestion = default.map(|default| format!(" [{default}]")).unwrap_or_default();
    let answer = answer(&format!("{question}{suggestion}: "))?;
    match (answer.trim(), default) {
        ("", Some(default)) => Ok(default.to_owned()),
        ("", None) => Err(Failure::usage(format!("no {question} was given"))),
        (answer, _) => Ok(answer.to_owned()),
    }
}

/// Asks whether to go on; only yes is yes.
pub(crate) fn confirm(question: &str) -> Result<bool, Failure> {
    let answer = answer(&format!("{question} [y/N] "))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// What a person wants done with what they wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Save,
    EditAgain,
    Leave,
}

/// Asks what becomes of a text; an empty answer is `default`.
pub(crate) fn verdict(question: &str, default: Verdict) -> Result<Verdict, Failure> {
    let answer = answer(question)?;
    if answer.is_empty() {
        // The terminal has gone: nothing is done that nobody asked for.
        return Ok(Verdict::Leave);
    }
    Ok(match answer.trim() {
        "" => default,
        "y" | "Y" | "yes" => Verdict::Save,
        "e" | "E" | "edit" => Verdict::EditAgain,
        _ => Verdict::Leave,
    })
}

/// Asks for one of several by its number; answers its place in the list.
pub(crate) fn choice(question: &str, choices: &[String]) -> Result<usize, Failure> {
    for (at, choice) in choices.iter().enumerate() {
        crate::output::say(&format!("{}) {choice}", at + 1));
    }
    let answer = answer(&format!("{question} [1-{}]: ", choices.len()))?;
    let number = answer.trim().parse().ok().filter(|number| (1..=choices.len()).contains(number));
    number.map(|number| number - 1).ok_or_else(|| Failure::usage("none of them was chosen"))
}

/// Asks for a password without showing it.
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

/// Asks for a new password twice; two that differ are a usage failure.
pub(crate) fn new_password() -> Result<SecretString, Failure> {
    let new = password("New password")?;
    let again = password("New password again")?;
    if new.expose_secret() == again.expose_secret() {
        return Ok(new);
    }
    Err(Failure::usage("the two passwords differ").next("repeat the command"))
}

/// Reads a password from standard input; the line break at its end does not belong to it.
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
        return Err(Failure::usage("standard input holds no password")
            .next("pipe it in: vitae … --password-stdin < FILE"));
    }
    Ok(line.to_owned().into())
}

fn answer(question: &str) -> Result<String, Failure> {
    // The question is text of other people, too. The lock must not be held while the person thinks:
    // a signal has something to say, too.
    let _ = write!(io::stderr(), "{}", Untrusted::from(question).escaped());
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|e| Failure::io("read the answer from the terminal", &e))?;
    Ok(answer)
}
