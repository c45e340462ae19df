//! A nightly report of the resumes created since the last report, each exactly once.
//!
//! ```sh
//! VITAE_SERVER=… VITAE_EMAIL=… VITAE_PASSWORD=… new_resumes STATE-FILE >> report.tsv
//! ```
//!
//! It reads the audit record, whose sequence numbers only increase: regardless of clock changes and interruptions,
//! no resume is missed and none is reported twice. The state file contains the last sequence number, and
//! is replaced after the report has been written. Requires an administrator's login.

mod connect;
mod files;

use std::error::Error;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

use vitae_sdk::{Client, Entry, ResumeId};

use connect::connect;
use files::replace;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let state = PathBuf::from(env::args_os().nth(1).ok_or("usage: new_resumes STATE-FILE")?);
    let client = connect("new-resumes/1.0").await?;
    let last = last_reported(&state)?;
    let entries = created_since(&client, last).await?;
    let mut report = io::stdout().lock();
    for entry in &entries {
        let title = title(&client, entry).await?;
        let by = entry.actor.id.map_or_else(|| "system".to_owned(), |id| id.to_string());
        writeln!(report, "{}\t{}\t{by}\t{title}", entry.at, entry.object.id)?;
    }
    report.flush()?;
    // Written last: if the program is stopped before, the next run reports the same resumes again and misses none.
    if let Some(newest) = entries.last() {
        replace(&state, &newest.sequence.to_string())?;
    }
    Ok(())
}

/// Returns the entries about created resumes after this sequence number, oldest first.
async fn created_since(client: &Client, last: u64) -> Result<Vec<Entry>, vitae_sdk::Error> {
    let mut stream = client.audit().list().action("resumes.resume.created").limit(500).stream();
    let mut entries = Vec::new();
    while let Some(entry) = stream.next().await.transpose()? {
        if entry.sequence <= last {
            break;
        }
        entries.push(entry);
    }
    entries.reverse();
    Ok(entries)
}

/// Returns the current title, or `(deleted)`.
async fn title(client: &Client, entry: &Entry) -> Result<String, Box<dyn Error>> {
    let id: ResumeId = entry.object.id.to_string().parse()?;
    match client.resumes().get(id).await {
        Ok(resume) => Ok(resume.title.escaped().to_string()),
        Err(error) if error.is_not_found() => Ok("(deleted)".to_owned()),
        Err(error) => Err(error.into()),
    }
}

fn last_reported(state: &Path) -> Result<u64, Box<dyn Error>> {
    match fs::read_to_string(state) {
        Ok(text) => {
            Ok(text.trim().parse().map_err(|_| format!("{} does not contain a number", state.display()))?)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error.into()),
    }
}
