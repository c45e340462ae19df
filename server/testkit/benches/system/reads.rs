//! Reading one and fifty, and a rejection at the edge, against a bare axum route with the same bytes.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::Plan;
use crate::load::{self, Requests, once, request};
use crate::people::People;
use crate::process::Process;
use crate::report::{Aim, Figure, Round};

pub(crate) const CLIENTS: usize = 16;
/// How long each server runs before it is measured.
pub(crate) const WARM: Duration = Duration::from_millis(500);

pub(crate) fn measure(plan: &Plan) -> Result<Vec<Figure>> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let server = Process::vitaed(&plan.vitaed, directory.path())?;
    let people = People::make(server.address)?;
    let kinds = [
        ("read by id", one(&people), Aim::AtMost(3.0), None),
        ("list of 50", fifty(&people), Aim::None, None),
        ("rejection of a forged token", forged(&people), Aim::None, Some(public_key(&server)?)),
    ];
    let mut figures = Vec::new();
    for (name, requests, aim, key) in kinds {
        let bare = bare_with_same_answer(&server, &requests, directory.path(), key.as_deref())?;
        let mut rounds: Vec<Round> = Vec::new();
        for _ in 0..plan.rounds {
            rounds.push((cost(&server, &requests, plan)?, cost(&bare, &requests, plan)?));
        }
        figures.push(Figure::against(format!("{name}, 16 clients"), "µs CPU", &rounds, aim));
    }
    figures.push(memory_after_logins(&server, &people)?);
    Ok(figures)
}

/// Microseconds of the server's CPU a request.
fn cost(server: &Process, requests: &Requests, plan: &Plan) -> Result<f64> {
    load::run(server.address, requests, CLIENTS, WARM)?;
    let before = server.cpu()?;
    let done = load::run(server.address, requests, CLIENTS, plan.each)?;
    Ok((server.cpu()? - before) * 1e6 / done.requests)
}

/// Everybody reads their own resumes.
pub(crate) fn one(people: &People) -> Requests {
    let of = |id: &String, token: &str| request("GET", &format!("/v1/resumes/{id}"), Some(token), None);
    let texts =
        people.members.iter().flat_map(|member| member.resumes.iter().map(|id| of(id, &member.token)));
    Requests { texts: Arc::new(texts.collect()), status: 200 }
}

fn fifty(people: &People) -> Requests {
    let text = request("GET", "/v1/resumes?limit=50", Some(&people.admin), None);
    Requests { texts: Arc::new(vec![text]), status: 200 }
}

fn forged(people: &People) -> Requests {
    let texts = people.members.iter().flat_map(|member| {
        let token = forge(&member.token);
        let path = |id| format!("/v1/resumes/{id}");
        member.resumes.iter().map(move |id| request("GET", &path(id), Some(&token), None))
    });
    Requests { texts: Arc::new(texts.collect()), status: 401 }
}

/// Changes one letter in the middle of the signature.
fn forge(token: &str) -> String {
    let at = token.len() - 40;
    let other = if &token[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

fn public_key(server: &Process) -> Result<String> {
    let keys = once(server.address, &request("GET", "/.well-known/jwks.json", None, None), 200)?;
    let keys: Value = serde_json::from_slice(&keys)?;
    Ok(keys["keys"][0]["x"].as_str().context("a key set without a key")?.to_owned())
}

fn bare_with_same_answer(
    server: &Process,
    requests: &Requests,
    directory: &Path,
    key: Option<&str>,
) -> Result<Process> {
    let answer = directory.join("answer");
    std::fs::write(&answer, once(server.address, &requests.texts[0], requests.status)?)?;
    let mut arguments: Vec<&OsStr> = vec!["bare".as_ref(), answer.as_os_str()];
    if let Some(key) = key {
        arguments.push("--key".as_ref());
        arguments.push(key.as_ref());
    }
    Process::own(arguments)
}

/// The memory of a server that has worked and is idle; the wait is part of the figure.
fn memory_after_logins(server: &Process, people: &People) -> Result<Figure> {
    let login = crate::logins::requests(people);
    load::run(server.address, &login, 2 * crate::logins::cores(), Duration::from_secs(2))?;
    std::thread::sleep(Duration::from_secs(10));
    let name = "resident memory, 10 s after the last login";
    Ok(Figure::alone(name, "MB", &[server.memory()?], Aim::AtMost(30.0)))
}
