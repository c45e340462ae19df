//! A nightly report: every resume that was created since the last one, each exactly once.
//!
//! ```sh
//! VITAE_SERVER=… VITAE_EMAIL=… VITAE_PASSWORD=… new_resumes STATE-FILE >> report.tsv
//! ```
//!
//! Goes by the audit record, whose numbers only rise: however the clocks run and however often it
//! is stopped, no resume is left out and none is told twice. The state file has the last number, and
//! is replaced when the report has been written. Needs an administrator's login.

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
    let last = last_told(&state)?;
    let news = since(&client, last).await?;
    let mut report = io::stdout().lock();
    for entry in &news {
        let title = title(&client, entry).await?;
        let by = entry.actor.id.map_or_else(|| "system".to_owned(), |id| id.to_string());
        writeln!(report, "{}\t{}\t{by}\t{title}", entry.at, entry.object.id)?;
    }
    report.flush()?;
    // Only now: whoever is stopped before tells the same again, and nobody less.
    if let Some(newest) = news.last() {
        replace(&state, &newest.sequence.to_string())?;
    }
    Ok(())
}

/// The creations behind this number, oldest first.
async fn since(client: &Client, last: u64) -> Result<Vec<Entry>, vitae_sdk::Error> {
    let mut entries = client.audit().list().action("resumes.resume.created").limit(500).stream();
    let mut news = Vec::new();
    while let Some(entry) = entries.next().await.transpose()? {
        if entry.sequence <= last {
            break;
        }
        news.push(entry);
    }
    news.reverse();
    Ok(news)
}

/// The title as it is today; one that is gone is told as well.
async fn title(client: &Client, entry: &Entry) -> Result<String, Box<dyn Error>> {
    let id: ResumeId = entry.object.id.to_string().parse()?;
    match client.resumes().get(id).await {
        Ok(resume) => Ok(resume.title.escaped().to_string()),
        Err(error) if error.is_not_found() => Ok("(gone)".to_owned()),
        Err(error) => Err(error.into()),
    }
}

fn last_told(state: &Path) -> Result<u64, Box<dyn Error>> {
    match fs::read_to_string(state) {
        Ok(text) => Ok(text.trim().parse().map_err(|_| format!("{} holds no number", state.display()))?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error.into()),
    }
}
