//! `vitaed backup` and `vitaed restore`.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use anyhow::{Result, bail};
use vitae_server_stack::{Archive, Manifest, Restored};

use crate::arguments::{BackupOptions, RestoreOptions};
use crate::{output, serve};

pub(crate) fn backup(options: BackupOptions) -> Result<()> {
    if options.verify {
        return verify(&options.file);
    }
    let data = serve::data_directory(options.data)?;
    if is_standard(&options.file) {
        if io::stdout().is_terminal() {
            bail!("a backup cannot be written to a terminal; redirect standard output, or name a file");
        }
        let manifest = vitae_server_stack::backup_to(&data, io::stdout().lock(), "standard output")?;
        output::note(&format!("backup written to standard output, {}", positions(&manifest)));
        return Ok(());
    }
    let manifest = vitae_server_stack::backup(&data, &options.file)?;
    output::note(&format!("backup {} written, {}", options.file.display(), positions(&manifest)));
    Ok(())
}

/// Checks a backup and prints its content.
fn verify(file: &Path) -> Result<()> {
    let archive = open(file)?;
    let name = archive.name().to_owned();
    let manifest = vitae_server_stack::verify(archive)?;
    let made_at = manifest.made_at.as_deref().map(|at| format!(" at {at}")).unwrap_or_default();
    output::line(&format!("backup {name}"))?;
    output::line(&format!("format {}, made by vitaed {}{made_at}", manifest.version, manifest.made_by))?;
    for member in &manifest.members {
        let position = member.position.map_or("no log".to_owned(), |at| format!("last event {at}"));
        let (name, size, schema, sha256) = (&member.name, member.size, member.schema, &member.sha256);
        output::line(&format!("{name}: {size} bytes, schema {schema}, {position}, sha256 {sha256}"))?;
    }
    warn_without_checksums(&name, &manifest);
    output::line("every check passed")
}

pub(crate) fn restore(options: RestoreOptions) -> Result<()> {
    let data = serve::data_directory(options.data)?;
    let archive = open(&options.file)?;
    let name = archive.name().to_owned();
    let Restored { manifest, ended_sessions } =
        vitae_server_stack::restore(archive, &data, options.keep_sessions)?;
    warn_without_checksums(&name, &manifest);
    let sessions = match ended_sessions {
        Some(1) => "1 session ended, everyone must log in again".to_owned(),
        Some(ended) => format!("{ended} sessions ended, everyone must log in again"),
        None => "sessions kept".to_owned(),
    };
    let (data, positions) = (data.display(), positions(&manifest));
    output::note(&format!("backup {name} restored to {data}, {positions}; {sessions}"));
    Ok(())
}

fn open(file: &Path) -> Result<Archive> {
    if !is_standard(file) {
        return Ok(Archive::open(file)?);
    }
    if io::stdin().is_terminal() {
        bail!("standard input is a terminal; redirect a backup to it, or name a file");
    }
    Ok(Archive::new("standard input", io::stdin()))
}

fn is_standard(file: &Path) -> bool {
    file == Path::new("-")
}

fn warn_without_checksums(name: &str, manifest: &Manifest) {
    if !manifest.has_checksums() {
        output::note(&format!(
            "warning: {name} was made by an older vitaed and has no checksums; changed content may not be detected"
        ));
    }
}

fn positions(manifest: &Manifest) -> String {
    let logs = manifest.members.iter().filter_map(|member| {
        let service = member.name.split('/').next().unwrap_or_default();
        Some(format!("{service} {}", member.position?))
    });
    format!("up to event {}", logs.collect::<Vec<_>>().join(", "))
}
