//! Checks of the server: reachability, encryption, latency, clock, services and version.

use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;
use vitae_sdk::{Client, RawResponse};

use super::check::{Check, Status};
use crate::context::Context;
use crate::errors::Failure;
use crate::exit;

/// Checks that require a response from the server.
const DEPENDENT_CHECKS: [&str; 5] = ["encryption", "latency", "clock", "services", "version"];
/// Tolerated clock difference: responses are dated to the second, tokens are valid for ten minutes.
const MAX_CLOCK_SKEW: Duration = Duration::from_secs(30);
/// Number of requests to measure latency.
const LATENCY_SAMPLES: u32 = 3;

pub(super) async fn run_checks(context: &Context) -> Vec<Check> {
    match reach(context).await {
        Ok(checks) => checks,
        Err(failure) => {
            let skipped = DEPENDENT_CHECKS.map(|check| Check::skipped(check, "the server does not respond"));
            std::iter::once(Check::failed("server", &failure)).chain(skipped).collect()
        }
    }
}

async fn reach(context: &Context) -> Result<Vec<Check>, Failure> {
    let server = &context.server.value;
    let client = context.client(Client::builder())?;
    let begun = Instant::now();
    let first = get(&client, "/livez", server).await?;
    let first_took = begun.elapsed();
    let clock = clock(&first);
    let is_ours =
        first.status() == 200 && first.json::<Value>().await.is_ok_and(|answer| answer["status"] == "live");
    if !is_ours {
        return Err(Failure::new(exit::FAILED, format!("the server at {server} is not Vitae"))
            .next("check the server's address"));
    }
    let mut fastest = first_took;
    for _ in 0..LATENCY_SAMPLES {
        let begun = Instant::now();
        get(&client, "/livez", server).await?;
        fastest = fastest.min(begun.elapsed());
    }
    let latency = format!(
        "{:.1} ms, first request {:.1} ms",
        fastest.as_secs_f64() * 1e3,
        first_took.as_secs_f64() * 1e3
    );
    Ok(vec![
        Check::ok("server", format!("{server} responds")),
        encryption(server),
        Check::ok("latency", latency),
        clock,
        services(&client, server).await,
        version(&client, server).await,
    ])
}

async fn get(client: &Client, path: &str, server: &str) -> Result<RawResponse, Failure> {
    let sent = client.raw("GET", path).anonymous().send().await;
    sent.map_err(|error| {
        let failure = Failure::call("reach the server", server, &error);
        let is_gone = failure.exit == exit::UNREACHABLE && failure.next_step.is_none();
        if is_gone {
            failure.next("start the server with `vitaed serve`, or choose another with --server")
        } else {
            failure
        }
    })
}

fn encryption(server: &str) -> Check {
    // The client rejects plain text to other machines.
    let detail = match server.split_once("://") {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("https") => "TLS, with a trusted certificate",
        _ => "none; requests do not leave this machine",
    };
    Check::ok("encryption", detail)
}

fn clock(answer: &RawResponse) -> Check {
    let Some(theirs) = answer.header("date").and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return Check::skipped("clock", "the server sends no date");
    };
    let ours = SystemTime::now();
    let (skew, direction) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    if skew < MAX_CLOCK_SKEW {
        return Check::ok("clock", format!("within {} s of the server's", skew.as_secs() + 1));
    }
    let detail = format!("{} s {direction} the server's", skew.as_secs());
    Check::warning("clock", detail, "set the clock of this machine or of the server, by NTP for example")
}

async fn services(client: &Client, server: &str) -> Check {
    let answer = match get(client, "/readyz", server).await {
        Ok(answer) => answer,
        Err(failure) => return Check::failed("services", &failure),
    };
    let is_ready = answer.status() == 200;
    let body: Value = match answer.json().await {
        Ok(body) => body,
        Err(error) => {
            return Check::failed("services", &Failure::call("read the services", server, &error));
        }
    };
    let services = body["services"].as_object().into_iter().flatten();
    let states = services.map(|(name, state)| format!("{name} {}", state.as_str().unwrap_or("unknown")));
    let mut detail = states.collect::<Vec<_>>().join(", ");
    if detail.is_empty() {
        // The server lists its services only to its own machine.
        body["status"].as_str().unwrap_or("unknown").clone_into(&mut detail);
    }
    if is_ready {
        return Check::ok("services", detail);
    }
    let failure = Failure::new(exit::UNREACHABLE, detail).next("see the server's log");
    Check::failed("services", &failure)
}

async fn version(client: &Client, server: &str) -> Check {
    let ours = env!("CARGO_PKG_VERSION");
    let answer = match get(client, "/openapi.json", server).await {
        Ok(answer) => answer.json::<Value>().await.ok(),
        Err(failure) => return Check { status: Status::Warning, ..Check::failed("version", &failure) },
    };
    let theirs = answer.as_ref().and_then(|body| body["info"]["version"].as_str());
    match theirs {
        Some(theirs) if theirs == ours => Check::ok("version", format!("server and program are {theirs}")),
        Some(theirs) => {
            let detail = format!("the server is {theirs}, this program {ours}");
            Check::warning("version", detail, "use the same version if something does not work")
        }
        None => Check::warning("version", "the server sends no version", "check the server's address"),
    }
}
