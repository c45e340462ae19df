//! Verification of a backup: the archive, each file, and the consistency between files.

use std::collections::BTreeMap;
use std::path::Path;

use vitae_server_common::store::{CheckedFile, FileError, check_file};

use super::archive::{copy_of, invalid, member_name};
use super::{Archive, BackupError, Manifest, SERVICES, at};

/// Runs all checks of a restore without restoring.
///
/// Unpacks the files to the system's directory for temporary files.
pub fn verify(archive: Archive) -> Result<Manifest, BackupError> {
    let scratch = tempfile::tempdir().map_err(at(&std::env::temp_dir()))?;
    unpack(archive, scratch.path())
}

/// Unpacks an archive to a directory, and runs all checks that its format allows.
pub(super) fn unpack(archive: Archive, scratch: &Path) -> Result<Manifest, BackupError> {
    let name = archive.name().to_owned();
    let mut manifest = archive.unpack(scratch)?;
    let mut files = BTreeMap::new();
    for (service, schema) in SERVICES {
        let checked = check_file(&copy_of(scratch, service), schema)
            .map_err(|error| unfit(&name, &manifest, service, &error))?;
        compare(&name, &manifest, service, &checked)?;
        if let Some(member) = manifest.members.iter_mut().find(|member| member.name == member_name(service)) {
            (member.schema, member.position) = (checked.schema, checked.position);
        }
        files.insert(service, checked);
    }
    compare_files(&name, &files)?;
    require_people(&name, scratch)?;
    Ok(manifest)
}

fn unfit(archive: &str, manifest: &Manifest, service: &str, error: &FileError) -> BackupError {
    let member = member_name(service);
    match error {
        FileError::Newer { .. } => BackupError::Newer {
            archive: archive.to_owned(),
            made_by: manifest.made_by.clone(),
            why: format!("{member}: {error}"),
        },
        FileError::Unreadable(source) => invalid(archive, format!("{member}: {error}: {source}")),
        FileError::Damaged(_) => invalid(archive, format!("{member}: {error}")),
    }
}

/// Compares a file with the manifest.
fn compare(
    archive: &str,
    manifest: &Manifest,
    service: &str,
    found: &CheckedFile,
) -> Result<(), BackupError> {
    let name = member_name(service);
    if manifest.has_checksums() && manifest.member(service).map(|member| member.schema) != Some(found.schema)
    {
        let why = format!("{name} has schema version {}, which the manifest does not say", found.schema);
        return Err(invalid(archive, why));
    }
    if manifest.position(service) != found.position {
        let position = |position: Option<i64>| position.map_or("none".to_owned(), |at| at.to_string());
        let (expected, found) = (position(manifest.position(service)), position(found.position));
        return Err(invalid(archive, format!("the last event of {name} is {found}, not {expected}")));
    }
    Ok(())
}

/// Checks that no consumer's file is ahead of the log of its source.
fn compare_files(archive: &str, files: &BTreeMap<&str, CheckedFile>) -> Result<(), BackupError> {
    for (consumer, file) in files {
        for (source, reached) in &file.consumed {
            let last = files.get(source.as_str()).and_then(|file| file.position).unwrap_or(0);
            if *reached > last {
                let why = format!("{consumer} has event {reached} of {source}, whose last event is {last}");
                return Err(invalid(archive, why));
            }
        }
    }
    Ok(())
}

/// Checks that there are people if there are passwords: otherwise the next start would create a new first administrator.
fn require_people(archive: &str, scratch: &Path) -> Result<(), BackupError> {
    let failed = |service| move |source| BackupError::Copy { service, source };
    let has_passwords =
        vitae_server_auth::has_passwords(&copy_of(scratch, "auth")).map_err(failed("auth"))?;
    let has_people = vitae_server_users::has_people(&copy_of(scratch, "users")).map_err(failed("users"))?;
    if has_passwords && !has_people {
        let why = "users/users.db has no people, although auth/auth.db has passwords".to_owned();
        return Err(invalid(archive, why));
    }
    Ok(())
}
