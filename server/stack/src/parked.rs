//! The events that the services of a data directory could not handle.

use std::path::Path;

use vitae_server_common::store::SnapshotError;
use vitae_server_common::{ParkedEvent, parked_events};

/// The services that follow others and keep a file.
const CONSUMERS: [&str; 3] = ["auth", "resumes", "audit"];

/// Lists every parked event of a data directory, while the server runs or not.
///
/// A directory may hold the files of some roles only; one without any is refused.
pub fn parked(data: &Path) -> Result<Vec<ParkedEvent>, SnapshotError> {
    let (mut parked, mut missing) = (Vec::new(), None);
    let mut found = false;
    for consumer in CONSUMERS {
        match parked_events(data, consumer) {
            Ok(events) => {
                parked.extend(events);
                found = true;
            }
            Err(SnapshotError::Missing(path)) => missing = Some(SnapshotError::Missing(path)),
            Err(error) => return Err(error),
        }
    }
    match missing {
        Some(missing) if !found => Err(missing),
        _ => Ok(parked),
    }
}
