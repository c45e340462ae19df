//! `vitae resumes lint`

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use vitae_contracts_document::{LineColumn, check, scan};

use crate::command_metadata::{CommandMetadata, exits};
use crate::documents;
use crate::errors::{Failure, FileLocation};
use crate::exit;
use crate::output::{Column, Output, Row};

const METADATA: CommandMetadata = CommandMetadata::new(LintFinding::FIELDS, exits::CHECK);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Errors are rejected by the server; warnings are ignored by newer readers of JSON Resume.

Examples:
  vitae resumes lint ada.json
  vitae resumes lint cvs/*.json --strict -o json"), add = METADATA)]
pub(crate) struct LintArgs {
    /// Document files; - reads one from standard input
    #[arg(required = true, value_name = "FILE|-")]
    files: Vec<PathBuf>,
    /// Treat warnings as errors
    #[arg(long)]
    strict: bool,
}

/// An error or warning about a document.
#[derive(Debug, Serialize)]
struct LintFinding {
    file: String,
    line: usize,
    column: usize,
    /// `error` if the server rejects the document, `warning` if readers ignore a key.
    severity: &'static str,
    pointer: String,
    message: String,
}

/// Checks the files, without contacting a server.
pub(super) fn run(options: &LintArgs, output: &mut Output) -> Result<(), Failure> {
    let mut errors = 0;
    let mut findings = Vec::new();
    for path in &options.files {
        let found = check_file(path)?;
        errors += found.iter().filter(|finding| finding.severity == "error").count();
        findings.extend(found);
    }
    let mut list = output.list();
    list.page(&findings)?;
    let output = list.finish()?;
    let files = options.files.len();
    let warnings = findings.len() - errors;
    if findings.is_empty() {
        output.note(format_args!("{files} checked: no errors, no warnings"));
    } else {
        output.note(format_args!("{files} checked: {errors} errors, {warnings} warnings"));
    }
    if errors == 0 && (warnings == 0 || !options.strict) {
        return Ok(());
    }
    Err(Failure::new(exit::INVALID_INPUT, format!("{errors} errors, {warnings} warnings"))
        .next("fix the findings above, then repeat the command"))
}

fn check_file(path: &Path) -> Result<Vec<LintFinding>, Failure> {
    let file = documents::name_of(path);
    let location = FileLocation { file: file.clone(), line: None };
    let bytes = if documents::is_stdin(path) {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(|e| documents::unreadable(&location, &e))?;
        bytes
    } else {
        documents::file_bytes(path, &location)?
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let finding = |spot: LineColumn, severity, pointer: String, message: String| LintFinding {
        file: file.clone(),
        line: spot.line,
        column: spot.column,
        severity,
        pointer,
        message,
    };
    let scanned = match scan(bytes) {
        Ok(scanned) => scanned,
        Err(malformed) => {
            let (pointer, message) = (malformed.pointer().to_owned(), malformed.kind().to_string());
            return Ok(vec![finding(LineColumn::from(&malformed), "error", pointer, message)]);
        }
    };
    let mut found: Vec<LintFinding> = check(&scanned)
        .into_iter()
        .map(|violation| {
            let spot = LineColumn::of_pointer(&scanned, &violation.pointer);
            finding(spot, "error", violation.pointer, violation.message)
        })
        .collect();
    found.extend(documents::old_keys(&scanned.root()).into_iter().map(|pointer| {
        let spot = LineColumn::of_pointer(&scanned, &pointer);
        let message = "a key of JSON Resume before 1.0, which newer readers ignore".to_owned();
        finding(spot, "warning", pointer, message)
    }));
    found.sort_by_key(|finding| (finding.line, finding.column));
    Ok(found)
}

impl Row for LintFinding {
    const FIELDS: &'static [&'static str] = &["file", "line", "column", "severity", "pointer", "message"];
    const COLUMNS: &'static [Column] = &[
        Column::text("FILE"),
        Column::fixed("LINE"),
        Column::fixed("COLUMN"),
        Column::fixed("SEVERITY"),
        Column::text("POINTER"),
        Column::text("MESSAGE"),
    ];

    fn id(&self) -> String {
        format!("{}:{}:{}", self.file, self.line, self.column)
    }

    fn cells(&self, _: bool) -> Vec<String> {
        vec![
            self.file.clone(),
            self.line.to_string(),
            self.column.to_string(),
            self.severity.to_owned(),
            self.pointer.clone(),
            self.message.clone(),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        Self::FIELDS.iter().copied().zip(self.cells(false)).collect()
    }
}
