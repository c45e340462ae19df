//! The parked events of a data directory.

use std::path::Path;

use vitae_server_common::store::SnapshotError;
use vitae_server_common::{ParkedEvent, parked_events};

/// The services that consume events and store their effects.
const CONSUMERS: [&str; 3] = ["auth", "resumes", "audit"];

/// Returns all parked events of a data directory; the server may be running.
///
/// The directory may hold the files of some roles only.
///
/// # Errors
///
/// Returns an error if the directory holds no file of a consumer.
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
