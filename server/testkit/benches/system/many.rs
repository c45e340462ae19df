//! 100,000 people: consumers that catch up on their events, and a start after SIGKILL.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use crate::Plan;
use crate::load::{self, once, request};
use crate::people::{ADMIN, log_in};
use crate::process::Process;
use crate::report::{Aim, Figure};
use crate::split::{Five, once_each};

const MANY: u32 = 100_000;
/// Number of clients that create them; many requests share a commit.
const CLIENTS: usize = 256;
const SERVICES: [&str; 4] = ["users", "auth", "resumes", "audit"];
/// Number of starts; the median is reported.
const STARTS: usize = 7;
/// Timeout for the consumers to catch up.
const TIMEOUT: Duration = Duration::from_mins(2);

pub(crate) fn measure(plan: &Plan) -> Result<Vec<Figure>> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let server = Process::vitaed(&plan.vitaed, directory.path())?;
    make_people(server.address)?;
    wait_for_consumers(&directory.path().join("data"))?;
    let mut figures = starts(plan, directory.path(), server)?;
    figures.extend(behind(plan, directory.path())?);
    Ok(figures)
}

fn make_people(server: SocketAddr) -> Result<()> {
    let admin = log_in(server, ADMIN)?;
    let creation = |nth: u32| {
        let person = json!({ "email": format!("person{nth}@example.com"), "name": format!("Person {nth}") });
        request("POST", "/v1/users", Some(&admin), Some(&person.to_string()))
    };
    load::all(server, &once_each((0..MANY).map(creation), 201), CLIENTS).map(drop)
}

/// From SIGKILL, with the start of the next process, to the first answer that needs a token.
fn starts(plan: &Plan, directory: &Path, server: Process) -> Result<Vec<Figure>> {
    let me = request("GET", "/v1/me", Some(&log_in(server.address, ADMIN)?), None);
    let mut running = Some(server);
    let mut measured = |when: &str| {
        let mut taken = Vec::new();
        for _ in 0..plan.rounds.max(STARTS) {
            let killed = Instant::now();
            drop(running.take());
            let server = running.insert(Process::vitaed(&plan.vitaed, directory)?);
            once(server.address, &me, 200)?;
            taken.push(killed.elapsed().as_secs_f64() * 1e3);
        }
        drop(running.take());
        let name = format!("SIGKILL to an answer, 100,000 people made {when}");
        Ok::<_, anyhow::Error>(Figure::alone(name, "ms", &taken, Aim::AtMost(500.0)))
    };
    let young = measured("just now")?;
    make_older(&directory.join("data"))?;
    Ok(vec![measured("an hour ago")?, young])
}

/// Dates the creation of the people back by one hour; the login stays recent.
fn make_older(data: &Path) -> Result<()> {
    let users = Connection::open(data.join("users/users.db"))?;
    users.execute("UPDATE event_log SET at = at - 3600000", [])?;
    Ok(())
}

/// Measures the time that consumers without a position need to handle all events.
fn behind(plan: &Plan, directory: &Path) -> Result<Vec<Figure>> {
    let data = directory.join("data");
    let mut five = Five::start(&plan.vitaed, directory)?;
    let mut figures = Vec::new();
    for consumers in [&["audit"][..], &["auth", "resumes", "audit"]] {
        let mut taken = Vec::new();
        for _ in 0..plan.rounds {
            for consumer in consumers {
                five.kill(consumer);
                reset(&data, consumer)?;
            }
            let start = Instant::now();
            for consumer in consumers {
                five.start_role(consumer)?;
            }
            wait_for_consumers(&data)?;
            taken.push(start.elapsed().as_secs_f64());
        }
        let name = format!("100,000 events behind: {}", consumers.join(", "));
        figures.push(Figure::alone(name, "s", &taken, Aim::AtMost(10.0)));
    }
    Ok(figures)
}

/// Resets a consumer to the state before its first event.
fn reset(data: &Path, consumer: &str) -> Result<()> {
    let effects = match consumer {
        "audit" => "DELETE FROM entries;",
        "resumes" => "DELETE FROM owners;",
        _ => "UPDATE credentials SET confirmed = 0;",
    };
    let file = Connection::open(data.join(format!("{consumer}/{consumer}.db")))?;
    file.execute_batch(&format!("BEGIN; DELETE FROM feed_positions; {effects} COMMIT;"))?;
    Ok(())
}

/// Waits until every consumer has handled all events of its sources.
fn wait_for_consumers(data: &Path) -> Result<()> {
    let end = Instant::now() + TIMEOUT;
    let open = |service: &str| {
        let path = data.join(format!("{service}/{service}.db"));
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
    };
    let files = SERVICES.map(|service| (service, open(service)));
    let number = |service: &str, sql: &str| -> Result<i64> {
        let file = files.iter().find(|(name, _)| *name == service).context("a service")?;
        let file = file.1.as_ref().map_err(|error| anyhow::anyhow!("{service}: {error}"))?;
        Ok(file.query_row(sql, [], |row| row.get(0))?)
    };
    for (consumer, sources) in
        [("resumes", &["users"][..]), ("auth", &["users"]), ("audit", &["users", "auth", "resumes"])]
    {
        for source in sources {
            let position =
                format!("SELECT coalesce(max(position), 0) FROM feed_positions WHERE source = '{source}'");
            let tail = "SELECT coalesce(max(position), 0) FROM event_log";
            while number(consumer, &position)? < number(source, tail)? {
                if Instant::now() > end {
                    bail!("{consumer} does not hear all of {source}");
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
    Ok(())
}
