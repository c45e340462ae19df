//! Mirrors all resumes to a folder: one file per resume, `<id>.json`, with the exact text that is stored.
//!
//! ```sh
//! VITAE_SERVER=… VITAE_EMAIL=… VITAE_PASSWORD=… mirror FOLDER            # once
//! VITAE_SERVER=… VITAE_EMAIL=… VITAE_PASSWORD=… mirror FOLDER --follow   # and then continuously
//! ```
//!
//! Only resumes that changed since the last run are read: `mirror.index` in the folder records the revision of
//! each file, one line per change. A file is written atomically, and added to the index only afterwards,
//! so the mirror can be stopped at any time and continues where it stopped. Other files in the folder are
//! not changed.

#![expect(clippy::print_stdout, reason = "a command-line program prints")]

mod connect;
mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use vitae_sdk::{Client, Event, EventDetails, EventStream, ResumeId, ResumeSummary};

use connect::connect;
use files::replace;

/// The folder and the revision of each file in it.
struct Mirror {
    folder: PathBuf,
    index: BTreeMap<ResumeId, u64>,
    log: File,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("usage: mirror FOLDER [--follow]")?);
    let follow = env::args_os().nth(2).is_some_and(|word| word == "--follow");
    let client = connect("mirror/1.0").await?;
    let mut mirror = Mirror::open(folder)?;
    let mut events = client.events().watch().stream();
    if follow {
        // Subscribe before reading, so that changes made while reading are not missed.
        events.next().await.transpose()?;
    }
    mirror.catch_up(&client).await?;
    if follow { mirror.follow(&client, &mut events).await } else { Ok(()) }
}

impl Mirror {
    fn open(folder: PathBuf) -> Result<Self, Box<dyn Error>> {
        fs::create_dir_all(&folder)?;
        let path = folder.join("mirror.index");
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            other => other?,
        };
        let mut index = BTreeMap::new();
        // Text after the last line break is an incomplete line from an interrupted run.
        for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            let (id, revision) = line.split_once(' ').ok_or("mirror.index is damaged: remove it")?;
            match revision {
                "removed" => index.remove(&id.parse()?),
                number => index.insert(id.parse()?, number.parse()?),
            };
        }
        // Compact the index to one line per file.
        let lines: Vec<_> = index.iter().map(|(id, revision)| format!("{id} {revision}\n")).collect();
        replace(&path, &lines.concat())?;
        let log = File::options().append(true).open(path)?;
        Ok(Self { folder, index, log })
    }

    /// Brings the folder up to date with the server.
    async fn catch_up(&mut self, client: &Client) -> Result<(), Box<dyn Error>> {
        let mut seen = BTreeSet::new();
        let mut resumes = client.resumes().list().limit(500).stream();
        while let Some(resume) = resumes.next().await.transpose()? {
            seen.insert(resume.id);
            self.write(client, &resume).await?;
        }
        let deleted: Vec<_> = self.index.keys().filter(|id| !seen.contains(id)).copied().collect();
        deleted.into_iter().try_for_each(|id| self.remove(id))?;
        Ok(())
    }

    /// Applies events as they arrive.
    async fn follow(&mut self, client: &Client, events: &mut EventStream) -> Result<(), Box<dyn Error>> {
        while let Some(event) = events.next().await {
            match event? {
                Event::Event { details: EventDetails::Resume(resume), .. } if resume.deleted_at.is_some() => {
                    self.remove(resume.id)?;
                }
                Event::Event { details: EventDetails::Resume(resume), .. } => {
                    self.write(client, &resume).await?;
                }
                // Too many events were missed to continue with events alone.
                Event::Reset { .. } => self.catch_up(client).await?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes a resume, unless the folder already has this revision.
    async fn write(&mut self, client: &Client, resume: &ResumeSummary) -> Result<(), Box<dyn Error>> {
        let (id, path) = (resume.id, self.path(resume.id));
        if self.index.get(&id).is_some_and(|known| *known >= resume.revision) && path.exists() {
            return Ok(());
        }
        let resume = client.resumes().get(id).await?;
        if resume.deleted_at.is_some() {
            return Ok(self.remove(id)?);
        }
        replace(&path, resume.document.get())?;
        self.index.insert(id, resume.revision);
        println!("{id} revision {}", resume.revision);
        Ok(writeln!(self.log, "{id} {}", resume.revision)?)
    }

    fn remove(&mut self, id: ResumeId) -> io::Result<()> {
        match fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if self.index.remove(&id).is_none() {
            return Ok(());
        }
        println!("{id} removed");
        writeln!(self.log, "{id} removed")
    }

    fn path(&self, id: ResumeId) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}
