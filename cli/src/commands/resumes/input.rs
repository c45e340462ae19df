//! Documents from --file and standard input.

use std::path::PathBuf;

use vitae_sdk::RawValue;

use crate::errors::Failure;
use crate::output::Output;
use crate::{documents, runtime};

/// Reads the document of --file, if given.
pub(super) async fn read(
    file: Option<PathBuf>,
    output: &mut Output,
) -> Result<Option<Box<RawValue>>, Failure> {
    let Some(path) = file else { return Ok(None) };
    let name = documents::name_of(&path);
    let document = runtime::run_blocking(move || documents::read(&path)).await?;
    warn_of_old_keys(&name, &documents::old_keys_in(document.get()), output);
    Ok(Some(document))
}

/// Reads a document from standard input if it is piped or redirected, and not empty.
pub(super) async fn read_piped(output: &mut Output) -> Result<Option<Box<RawValue>>, Failure> {
    let document = runtime::run_blocking(documents::read_piped).await?;
    if let Some(document) = &document {
        warn_of_old_keys("standard input", &documents::old_keys_in(document.get()), output);
    }
    Ok(document)
}

/// Warns about keys of JSON Resume before 1.0, which later readers ignore.
pub(super) fn warn_of_old_keys(location: &str, keys: &[String], output: &mut Output) {
    let Some(first) = keys.first() else { return };
    let more = if keys.len() > 1 { format!(" and {} more", keys.len() - 1) } else { String::new() };
    output.note(format_args!(
        "warning: {location}: {first}{more} are keys of JSON Resume before 1.0, which newer readers ignore; they are kept unchanged"
    ));
}
