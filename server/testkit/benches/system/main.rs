//! Costs of the whole system, each compared with an upper bound measured in the same run.
//!
//! `scripts/bench` builds the programs and runs it. Costs are CPU-seconds of the server's
//! process, so that other work on the machine matters little; rates are of the clock.
#![expect(clippy::print_stdout, reason = "the program prints a table")]

mod ceilings;
mod check;
mod creates;
mod document;
mod events;
mod load;
mod logins;
mod many;
mod people;
mod process;
mod programs;
mod reads;
mod report;
mod split;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use report::Figure;

/// The same allocator as in `vitaed`: the ceilings gain from it, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures the whole system.
#[derive(Debug, Parser)]
struct Arguments {
    /// Path of `vitaed`; without it nothing is measured
    #[arg(long)]
    vitaed: Option<PathBuf>,
    /// Path of `vitae`
    #[arg(long)]
    vitae: Option<PathBuf>,
    /// Number of rounds; the median is reported
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Duration of one measurement, in seconds
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Run only these measurements: login, reads, creates, check, programs, events, split, many
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Ignored; `cargo bench` adds it
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    child: Option<Child>,
}

/// The child processes, started from the same executable.
#[derive(Debug, Subcommand)]
enum Child {
    /// A bare axum server.
    #[command(hide = true)]
    Bare(ceilings::Bare),
    /// A bare tonic service.
    #[command(hide = true)]
    TonicService(ceilings::BareService),
    /// A bare axum server in front of the tonic service.
    #[command(hide = true)]
    TonicGateway(ceilings::BareGateway),
    /// The stack of `vitaed serve`, which also prints its number of commits.
    #[command(hide = true)]
    Stack { data: PathBuf },
}

/// The options of all measurements.
struct Plan {
    vitaed: PathBuf,
    vitae: Option<PathBuf>,
    rounds: usize,
    each: Duration,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.child {
        Some(Child::Bare(bare)) => return ceilings::bare(bare),
        Some(Child::TonicService(bare)) => return ceilings::bare_service(bare),
        Some(Child::TonicGateway(bare)) => return ceilings::bare_gateway(&bare),
        Some(Child::Stack { data }) => return creates::serve(data),
        None => {}
    }
    let Some(vitaed) = arguments.vitaed else {
        println!("SKIPPED: the bench measures programs; scripts/bench builds and names them");
        return Ok(());
    };
    let plan = Plan {
        vitaed: vitaed.canonicalize().context("vitaed does not exist")?,
        vitae: arguments.vitae,
        rounds: arguments.rounds.max(1),
        each: Duration::from_secs(arguments.seconds),
    };
    let wanted = |name: &str| arguments.only.is_empty() || arguments.only.iter().any(|only| only == name);
    let (mut figures, mut failed) = (Vec::new(), None);
    for (name, measure) in measurements() {
        if wanted(name) {
            println!("measuring {name} …");
            match measure(&plan).with_context(|| format!("{name} could not be measured")) {
                Ok(measured) => figures.extend(measured),
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
    }
    println!("\n{}", report::table(&figures));
    failed.map_or(Ok(()), Err)
}

type Measure = fn(&Plan) -> Result<Vec<Figure>>;

fn measurements() -> [(&'static str, Measure); 8] {
    [
        ("login", logins::measure),
        ("reads", reads::measure),
        ("creates", creates::measure),
        ("check", check::measure),
        ("programs", programs::measure),
        ("events", events::measure),
        ("split", split::measure),
        ("many", many::measure),
    ]
}
