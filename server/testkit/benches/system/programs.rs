//! How much it costs to start the command line, against `true`.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::Plan;
use crate::process::ended_children_cpu;
use crate::report::{Aim, Figure, Round};

/// Starts of one measurement: together far above the tick in which CPU is counted.
const STARTS: u32 = 100;

pub(crate) fn measure(plan: &Plan) -> Result<Vec<Figure>> {
    let name = "vitae --help";
    let Some(vitae) = &plan.vitae else {
        return Ok(vec![Figure::skipped(name, "the command line's program was not given")]);
    };
    let mut rounds: Vec<Round> = Vec::new();
    for _ in 0..plan.rounds {
        rounds.push((start(vitae.as_os_str(), &["--help"])?, start("true".as_ref(), &[])?));
    }
    let costs: Vec<f64> = rounds.iter().map(|round| round.0).collect();
    Ok(vec![
        Figure::alone(name, "ms CPU", &costs, Aim::AtMost(5.0)),
        Figure::against(format!("{name}, against true"), "ms CPU", &rounds, Aim::None),
    ])
}

/// Milliseconds of CPU, user and system, of one start.
fn start(program: &OsStr, arguments: &[&str]) -> Result<f64> {
    let before = ended_children_cpu()?;
    for _ in 0..STARTS {
        let status = Command::new(program).args(arguments).stdout(Stdio::null()).status();
        let status = status.with_context(|| format!("{} does not start", program.display()))?;
        ensure!(status.success(), "{} failed", program.display());
    }
    Ok((ended_children_cpu()? - before) * 1e3 / f64::from(STARTS))
}
