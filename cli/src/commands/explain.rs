//! `vitae explain`

mod texts;

use clap::Args;
use serde::Serialize;
use vitae_contracts_core::Code;

use self::texts::{CODES, EXITS};
use crate::command_metadata::{CommandMetadata, exits};
use crate::errors::{ErrorDetail, Failure};
use crate::exit::{self, Meaning};
use crate::output::{Column, Output, Row};

const METADATA: CommandMetadata = CommandMetadata::new(CodeExplanation::FIELDS, exits::LOOKUP);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Accepts the code of an error, such as not_found, or the exit code of a command. Contacts no server.

Examples:
  vitae explain precondition_failed
  vitae explain 9
  vitae explain -o json | jq -r '.[] | select(.retryable) | .code'"), add = METADATA)]
pub(crate) struct Explain {
    /// An error code or exit code; without one, all are listed
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

/// The explanation of an error code of the server or an exit code.
#[derive(Debug, Serialize)]
struct CodeExplanation {
    code: &'static str,
    /// A short description.
    title: &'static str,
    why: &'static str,
    next_step: &'static str,
    /// Set for error codes of the server.
    http_status: Option<u16>,
    exit_code: u8,
    /// Whether a retry may succeed.
    retryable: bool,
}

/// Explains one code, or lists all.
pub(super) fn run(options: &Explain, output: &mut Output) -> Result<(), Failure> {
    let Some(wanted) = &options.code else {
        output.page();
        let mut list = output.list();
        list.page(&all())?;
        list.finish()?;
        return Ok(());
    };
    let wanted = wanted.trim().to_ascii_lowercase();
    let wanted = wanted.strip_prefix("urn:vitae:problem:").unwrap_or(&wanted);
    let found = all().into_iter().find(|explained| match wanted.parse::<u8>() {
        Ok(number) => explained.http_status.is_none() && explained.exit_code == number,
        Err(_) => explained.code == wanted,
    });
    match found {
        Some(explained) => output.report(&explained),
        None => Err(unknown(wanted)),
    }
}

/// All codes. Server codes come first: for a name that is both, their text is more specific.
fn all() -> Vec<CodeExplanation> {
    Code::ALL.iter().map(|code| of_code(*code)).chain(exit::ALL.iter().map(of_exit)).collect()
}

fn unknown(wanted: &str) -> Failure {
    let mut failure = Failure::new(exit::NOT_FOUND, format!("unknown code \"{wanted}\""));
    let near = all().into_iter().filter(|explained| {
        strsim::jaro_winkler(explained.code, wanted) > 0.75 || explained.code.contains(wanted)
    });
    failure.details = near.map(|explained| ErrorDetail::new(explained.code)).collect();
    failure.next("`vitae explain` lists all of them")
}

fn of_code(code: Code) -> CodeExplanation {
    let (why, next_step) = explanation(CODES, code);
    CodeExplanation {
        code: code.as_str(),
        title: code.title(),
        why,
        next_step,
        http_status: Some(code.http_status()),
        exit_code: code.exit_code(),
        retryable: matches!(code, Code::RateLimited | Code::Unavailable | Code::Timeout),
    }
}

fn of_exit(meaning: &Meaning) -> CodeExplanation {
    let (why, next_step) = explanation(EXITS, meaning.code);
    CodeExplanation {
        code: meaning.name,
        title: meaning.text,
        why,
        next_step,
        http_status: None,
        exit_code: meaning.code,
        retryable: matches!(meaning.code, exit::RATE_LIMITED | exit::UNREACHABLE),
    }
}

/// Returns cause and next step of a code; a test requires them for all codes.
fn explanation<T: Copy + PartialEq>(
    texts: &'static [(T, &'static str, &'static str)],
    code: T,
) -> (&'static str, &'static str) {
    let found = texts.iter().find(|(known, ..)| *known == code);
    found.map_or(("", ""), |(_, why, next_step)| (why, next_step))
}

impl Row for CodeExplanation {
    const FIELDS: &'static [&'static str] =
        &["code", "title", "why", "next_step", "http_status", "exit_code", "retryable"];
    const COLUMNS: &'static [Column] = &[
        Column::fixed("CODE"),
        Column::fixed("HTTP"),
        Column::fixed("EXIT"),
        Column::text("TITLE"),
        Column::text("NEXT"),
    ];

    fn id(&self) -> String {
        self.code.to_owned()
    }

    fn cells(&self, _: bool) -> Vec<String> {
        vec![
            self.id(),
            self.http_status.map(|status| status.to_string()).unwrap_or_default(),
            self.exit_code.to_string(),
            self.title.to_owned(),
            self.next_step.to_owned(),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details =
            vec![("code", self.id()), ("what", self.title.to_owned()), ("why", self.why.to_owned())];
        details.push(("next", self.next_step.to_owned()));
        details.extend(self.http_status.map(|status| ("HTTP status", status.to_string())));
        details.push(("exit code", self.exit_code.to_string()));
        details.push(("retryable", if self.retryable { "yes" } else { "no" }.to_owned()));
        details
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained() {
        for explained in all() {
            assert!(!explained.why.is_empty() && !explained.next_step.is_empty(), "{}", explained.code);
        }
    }
}
