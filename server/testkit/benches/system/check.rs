//! Parsing and checking a document, against `serde_json::Value`, which does less.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, ensure};
use vitae_contracts_document::{check, scan};

use crate::Plan;
use crate::document::document;
use crate::report::{Aim, Figure, Round, median};

/// Documents of one batch: about a millisecond, so that few batches are interrupted.
const BATCH: u32 = 20;
/// Batches of a round.
const BATCHES: usize = 300;

pub(crate) fn measure(plan: &Plan) -> Result<Vec<Figure>> {
    let text = document(0, 10_000);
    ensure!(check(&scan(text.as_bytes())?).is_empty(), "the document is no resume");
    let scanned = || scan(text.as_bytes()).map(|scanned| check(&scanned).len()).is_ok();
    let parsed = || serde_json::from_str::<serde_json::Value>(&text).is_ok();
    let mut rounds: Vec<Round> = Vec::new();
    for _ in 0..plan.rounds {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..BATCHES {
            ours.push(microseconds(scanned));
            theirs.push(microseconds(parsed));
        }
        rounds.push((median(&ours), median(&theirs)));
    }
    Ok(vec![Figure::against(format!("scan and check, {} bytes", text.len()), "µs", &rounds, Aim::None)])
}

/// Microseconds of one run, by the clock.
fn microseconds(run: impl Fn() -> bool) -> f64 {
    let start = Instant::now();
    for _ in 0..BATCH {
        black_box(run());
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(BATCH)
}
