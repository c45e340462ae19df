//! Durable creates, against the same rows written by a bare loop of SQLite.
//!
//! The server is the stack of `vitaed serve` in a child of this program, because only from
//! inside can the writer be asked how often it committed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rusqlite::Connection;
use secrecy::SecretString;
use tokio::net::TcpListener;
use vitae_contracts_core::ResumeId;
use vitae_server_stack::{Config, Stack};

use crate::Plan;
use crate::ceilings::say;
use crate::document::document;
use crate::load::{self, Requests};
use crate::people::{ADMIN, PASSWORD, People};
use crate::process::{Process, own_cpu};
use crate::report::{Aim, Figure, Round};

/// Bytes of what an event holds beside its columns, as the service writes them.
const CONTEXT: i64 = 150;
const PAYLOAD: i64 = 140;

pub(crate) fn measure(plan: &Plan) -> Result<Vec<Figure>> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let data = directory.path().join("data");
    let mut server = Process::own(["stack".as_ref(), data.as_os_str()])?;
    let people = People::make(server.address)?;
    let requests = Requests { texts: Arc::new(people.creations()), status: 201 };
    let bare = Bare::like(&data.join("resumes/resumes.db"), &directory.path().join("bare.db"))?;
    let mut figures = Vec::new();
    for (clients, aim, grouped) in
        [(1, Aim::None, Aim::None), (32, Aim::None, Aim::None), (256, Aim::AtLeast(0.5), Aim::AtLeast(100.0))]
    {
        let (mut rates, mut costs): (Vec<Round>, Vec<Round>) = Default::default();
        let mut groups = Vec::new();
        for _ in 0..plan.rounds {
            let (before, cpu) = (counts(&mut server)?, server.cpu()?);
            let done = load::run(server.address, &requests, clients, plan.each)?;
            let (after, cpu) = (counts(&mut server)?, server.cpu()? - cpu);
            groups.push((after.0 - before.0) / (after.1 - before.1));
            let (rate, cost) = bare.insert_for(plan.each, clients)?;
            rates.push((done.per_second(), rate));
            costs.push((cpu * 1e6 / done.requests, cost));
        }
        let name = format!("durable create, {clients} clients");
        figures.push(Figure::against(&name, "/s", &rates, aim));
        figures.push(Figure::against(&name, "µs CPU", &costs, Aim::None));
        figures.push(Figure::alone(&name, "per commit", &groups, grouped));
    }
    Ok(figures)
}

/// Commands and commits of the child so far.
fn counts(server: &mut Process) -> Result<(f64, f64)> {
    let line = server.ask()?;
    let (commands, commits) = line.split_once(' ').context("the child tells no counts")?;
    Ok((commands.parse()?, commits.parse()?))
}

/// The child: serves, and answers each line of stdin with its counts.
#[tokio::main]
pub(crate) async fn serve(data: PathBuf) -> Result<()> {
    let stack = Stack::open(&Config::new(data)).await?;
    stack.auth().create_administrator(ADMIN, &SecretString::from(PASSWORD)).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&listener.local_addr()?.to_string());
    let counted = stack.clone();
    let asked = tokio::task::spawn_blocking(move || {
        for _ in std::io::stdin().lines() {
            let counts = counted.resumes_written();
            say(&format!("{} {}", counts.commands, counts.commits));
        }
    });
    stack.serve(listener, async { drop(asked.await) }).await;
    Ok(())
}

/// SQLite alone: the service's tables and settings, and nothing around them.
struct Bare {
    connection: Connection,
    document: String,
}

impl Bare {
    fn like(original: &Path, path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        let original = Connection::open(original)?;
        let mut tables = original
            .prepare("SELECT sql FROM sqlite_master WHERE sql NOT NULL AND name NOT LIKE 'sqlite_%'")?;
        for sql in tables.query_map([], |row| row.get::<_, String>(0))? {
            connection.execute_batch(&sql?)?;
        }
        connection
            .execute_batch("INSERT INTO owners (id, name, name_key) VALUES (zeroblob(16), 'A', 'a')")?;
        Ok(Self { connection, document: document(0, 4_260) })
    }

    /// Creates a second and CPU microseconds a create, so many in each commit.
    fn insert_for(&self, each: Duration, group: usize) -> Result<(f64, f64)> {
        let (start, before) = (Instant::now(), own_cpu()?);
        let mut created = 0.0;
        while start.elapsed() < each {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            for _ in 0..group {
                self.insert()?;
                created += 1.0;
            }
            self.connection.execute_batch("COMMIT")?;
        }
        Ok((created / start.elapsed().as_secs_f64(), (own_cpu()? - before) * 1e6 / created))
    }

    /// The rows of one creation.
    fn insert(&self) -> rusqlite::Result<()> {
        let (id, owner, at) = (*ResumeId::new().as_bytes(), [0_u8; 16], 1_795_339_800_000_i64);
        let run = |sql: &str, row: &[&dyn rusqlite::ToSql]| {
            self.connection.prepare_cached(sql)?.execute(row).map(drop)
        };
        run(
            "INSERT INTO resumes (id, owner_id, title, title_key, tags, revision, document_revision, created_at, updated_at)
             VALUES (?1, ?2, 'Staff Engineer', 'staff engineer', '[]', 1, 1, ?3, ?3)",
            &[&id, &owner, &at],
        )?;
        run(
            "INSERT INTO documents (resume_id, revision, media_type, body) VALUES (?1, 1, 'application/json', ?2)",
            &[&id, &self.document.as_bytes()],
        )?;
        run(
            "INSERT INTO revisions (resume_id, revision, kind, document_revision, title, tags, author_id, at)
             VALUES (?1, 1, 'created', 1, 'Staff Engineer', '[]', ?2, ?3)",
            &[&id, &owner, &at],
        )?;
        run(
            "INSERT INTO event_log (event_id, subject, object_id, object_version, at, context, payload)
             VALUES (?1, 'resume.created', ?2, 1, ?3, zeroblob(?4), zeroblob(?5))",
            &[ResumeId::new().as_bytes(), &id, &at, &CONTEXT, &PAYLOAD],
        )
    }
}
