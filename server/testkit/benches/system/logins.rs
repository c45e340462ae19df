//! Logins, against argon2id alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::Plan;
use crate::load::{self, Requests, request};
use crate::people::{PASSWORD, People, credentials};
use crate::process::{Process, own_cpu};
use crate::report::{Aim, Figure, Round};

pub(crate) fn measure(plan: &Plan) -> Result<Vec<Figure>> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let server = Process::vitaed(&plan.vitaed, directory.path())?;
    let requests = requests(&People::make(server.address)?);
    let (mut rates, mut costs): (Vec<Round>, Vec<Round>) = Default::default();
    for _ in 0..plan.rounds {
        let before = server.cpu()?;
        // Twice as many clients as cores: a core whose hash is done finds the next.
        let done = load::run(server.address, &requests, 2 * cores(), plan.each)?;
        let cpu = server.cpu()? - before;
        let raw = raw(plan.each)?;
        rates.push((done.per_second(), raw.0));
        costs.push((done.requests / cpu, raw.1));
    }
    let aim = Aim::AtLeast(0.9);
    Ok(vec![
        Figure::against(format!("login, {} threads", cores()), "/s", &rates, aim),
        Figure::against("login", "/CPU-s", &costs, aim),
    ])
}

/// One login a member.
pub(crate) fn requests(people: &People) -> Requests {
    let login = |email: &str| request("POST", "/v1/auth/login", None, Some(&credentials(email)));
    let texts = people.members.iter().map(|member| login(&member.email)).collect();
    Requests { texts: Arc::new(texts), status: 200 }
}

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Hashes a second and a CPU-second, as many threads as cores, memory kept.
fn raw(each: Duration) -> Result<(f64, f64)> {
    let (start, before) = (Instant::now(), own_cpu()?);
    let threads: Vec<_> = (0..cores()).map(|_| std::thread::spawn(move || hash_for(each))).collect();
    let mut hashes = 0.0;
    for thread in threads {
        hashes += thread.join().map_err(|_| anyhow!("a hashing thread panicked"))??;
    }
    Ok((hashes / start.elapsed().as_secs_f64(), hashes / (own_cpu()? - before)))
}

fn hash_for(each: Duration) -> Result<f64> {
    let params = Params::default();
    let mut memory = vec![Block::default(); params.block_count()];
    let argon = Argon2::new(Algorithm::Argon2id, Version::default(), params);
    let start = Instant::now();
    let mut hashes = 0.0;
    while start.elapsed() < each {
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        argon
            .hash_password_into_with_memory(PASSWORD.as_bytes(), &[7; 16], &mut output, memory.as_mut_slice())
            .map_err(|error| anyhow!("argon2 failed: {error}"))?;
        hashes += 1.0;
    }
    Ok(hashes)
}
