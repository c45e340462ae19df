//! `vitaed parked`.

use anyhow::Result;

use crate::arguments::ParkedOptions;
use crate::{output, serve};

pub(crate) fn parked(options: ParkedOptions) -> Result<()> {
    let data = serve::data_directory(options.data)?;
    let parked = vitae_server_stack::parked(&data)?;
    for event in &parked {
        let or_none = |id: &str| if id.is_empty() { "none".to_owned() } else { id.to_owned() };
        // Subject and reason may contain text from a damaged file.
        output::line(&format!(
            "{} {} from {}, position {}: {}, object {}, event {}: {}",
            event.at,
            event.consumer,
            event.source,
            event.position,
            event.subject.escape_debug(),
            or_none(&event.object_id),
            or_none(&event.event_id),
            event.reason.escape_debug(),
        ))?;
    }
    output::note(&format!("parked events: {}", parked.len()));
    Ok(())
}
