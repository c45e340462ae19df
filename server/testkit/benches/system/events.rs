//! How long after the answer of a change its event is there for who listens.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::Plan;
use crate::load::{Connection, quantile, request};
use crate::people::{ADMIN, log_in, new_resume};
use crate::process::Process;
use crate::report::{Aim, Figure};

/// Clients that make changes at once.
const WRITERS: usize = 16;
/// Changes of each in a round.
const CHANGES: usize = 60;

pub(crate) fn measure(plan: &Plan) -> Result<Vec<Figure>> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let server = Process::vitaed(&plan.vitaed, directory.path())?;
    let token = log_in(server.address, ADMIN)?;
    let (mut half, mut most) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let late = runtime.block_on(round(server.address, &token))?;
        half.push(quantile(&late, 0.5));
        most.push(quantile(&late, 0.99));
    }
    Ok(vec![
        Figure::alone("event behind its answer, p50", "ms", &half, Aim::None),
        Figure::alone("event behind its answer, p99", "ms", &most, Aim::AtMost(50.0)),
    ])
}

/// Returns the milliseconds from each response to its event, ascending; 0 if the event came first.
async fn round(server: SocketAddr, token: &str) -> Result<Vec<f64>> {
    let (ready, begun) = oneshot::channel();
    let listener = tokio::spawn(listen(server, token.to_owned(), ready));
    begun.await.context("the stream did not start")?;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write(server, token.to_owned(), writer));
    }
    let mut answers = Vec::new();
    while let Some(written) = writers.join_next().await {
        answers.extend(written??);
    }
    let arrivals = listener.await??;
    let mut late = Vec::new();
    for (id, answered) in answers {
        let arrival = arrivals.get(&id).context("a change has no event")?;
        late.push(arrival.saturating_duration_since(answered).as_secs_f64() * 1e3);
    }
    late.sort_by(f64::total_cmp);
    Ok(late)
}

async fn write(server: SocketAddr, token: String, writer: usize) -> Result<Vec<(String, Instant)>> {
    let mut connection = Connection::open(server).await?;
    let mut answers = Vec::new();
    for change in 0..CHANGES {
        let body = new_resume(writer * CHANGES + change);
        let body =
            connection.exchange(&request("POST", "/v1/resumes", Some(&token), Some(&body)), 201).await?;
        let answered = Instant::now();
        let made: Value = serde_json::from_slice(&connection.buffer[body])?;
        answers.push((made["id"].as_str().context("an id")?.to_owned(), answered));
    }
    Ok(answers)
}

/// Returns the arrival time of each resume's event, when all have arrived.
async fn listen(
    server: SocketAddr,
    token: String,
    ready: oneshot::Sender<()>,
) -> Result<HashMap<String, Instant>> {
    let mut stream = BufReader::new(TcpStream::connect(server).await?);
    stream.write_all(&request("GET", "/v1/events", Some(&token), None)).await?;
    let (mut arrivals, mut ready, mut line) = (HashMap::new(), Some(ready), String::new());
    while arrivals.len() < WRITERS * CHANGES {
        line.clear();
        ensure!(stream.read_line(&mut line).await? > 0, "the stream ended");
        let Some(data) = line.strip_prefix("data: ") else { continue };
        if let Some(ready) = ready.take() {
            // The receiver may be gone.
            let _ = ready.send(());
            continue;
        }
        let event: Value = serde_json::from_str(data)?;
        arrivals.insert(event["object"]["id"].as_str().context("an object")?.to_owned(), Instant::now());
    }
    Ok(arrivals)
}
