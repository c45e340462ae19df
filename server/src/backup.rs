//! `vitaed backup` and `vitaed restore`.

use anyhow::Result;
use vitae_server_stack::Manifest;

use crate::arguments::BackupOptions;
use crate::{output, serve};

pub(crate) fn backup(options: BackupOptions) -> Result<()> {
    let data = serve::data_directory(options.data)?;
    let manifest = vitae_server_stack::backup(&data, &options.file)?;
    output::note(&format!("backup {} written, {}", options.file.display(), points(&manifest)));
    Ok(())
}

pub(crate) fn restore(options: BackupOptions) -> Result<()> {
    let data = serve::data_directory(options.data)?;
    let manifest = vitae_server_stack::restore(&options.file, &data)?;
    output::note(&format!(
        "backup {} restored to {}, {}",
        options.file.display(),
        data.display(),
        points(&manifest)
    ));
    Ok(())
}

fn points(manifest: &Manifest) -> String {
    let points: Vec<_> =
        manifest.points.iter().map(|point| format!("{} {}", point.source, point.position)).collect();
    format!("up to event {}", points.join(", "))
}
