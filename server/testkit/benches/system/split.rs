//! Five processes: reading by id over TCP, and what one stopped service does to the others' routes.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use crate::Plan;
use crate::load::{self, Requests, once};
use crate::people::People;
use crate::process::Process;
use crate::reads::{CLIENTS, WARM, one};
use crate::report::{Aim, Figure, Round};

const ROLES: [&str; 5] = ["users", "auth", "resumes", "audit", "gateway"];
const GATEWAY: usize = 4;
/// How long a service is stopped: shorter than what closes its connections.
const STOPPED: Duration = Duration::from_secs(3);

/// Five processes on one directory, in the order of [`ROLES`].
pub(crate) struct Five {
    program: std::path::PathBuf,
    directory: std::path::PathBuf,
    ports: [SocketAddr; 5],
    roles: [Option<Process>; 5],
}

impl Five {
    pub(crate) fn start(program: &Path, directory: &Path) -> Result<Self> {
        let key = directory.join("key");
        std::fs::write(&key, "a-key-that-all-roles-know")?;
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        let mut ports = [SocketAddr::from(([127, 0, 0, 1], 0)); 5];
        for port in &mut ports {
            *port = TcpListener::bind(*port)?.local_addr()?;
        }
        let roles = [const { None }; 5];
        let mut five = Self { program: program.to_owned(), directory: directory.to_owned(), ports, roles };
        for role in ROLES {
            five.start_role(role)?;
        }
        Ok(five)
    }

    pub(crate) fn start_role(&mut self, role: &str) -> Result<()> {
        let mut command = Command::new(&self.program);
        let nth = index(role);
        command.arg(role).args(["--listen", &self.ports[nth].to_string()]);
        command.arg("--service-key-file").arg(self.directory.join("key"));
        for (peer, port) in ROLES.iter().zip(&self.ports).take(GATEWAY) {
            command.args([format!("--{peer}"), format!("http://{port}")]);
        }
        self.roles[nth] = Some(Process::start(command, &self.directory)?);
        Ok(())
    }

    pub(crate) fn kill(&mut self, role: &str) {
        self.roles[index(role)] = None;
    }

    pub(crate) fn gateway(&self) -> SocketAddr {
        self.ports[GATEWAY]
    }

    fn signal(&self, role: &str, name: &str) -> Result<()> {
        self.roles[index(role)].iter().try_for_each(|role| role.signal(name))
    }

    /// CPU-seconds of all processes so far.
    fn cpu(&self) -> Result<f64> {
        self.roles.iter().flatten().map(Process::cpu).sum()
    }
}

fn index(role: &str) -> usize {
    ROLES.iter().position(|name| *name == role).unwrap_or(GATEWAY)
}

pub(crate) fn measure(plan: &Plan) -> Result<Vec<Figure>> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let five = Five::start(&plan.vitaed, directory.path())?;
    let people = People::make(five.gateway())?;
    let requests = one(&people);
    let mut figures = vec![read_by_id(plan, &five, &requests, directory.path())?];
    for role in ["audit", "auth", "users"] {
        figures.push(while_stopped(plan, &five, role, &requests)?);
    }
    Ok(figures)
}

/// Requests a CPU-second, against axum that asks a tonic service for the same bytes.
fn read_by_id(plan: &Plan, five: &Five, requests: &Requests, directory: &Path) -> Result<Figure> {
    let answer = directory.join("answer");
    std::fs::write(&answer, once(five.gateway(), &requests.texts[0], 200)?)?;
    let service = Process::own(["tonic-service".as_ref(), answer.as_os_str()])?;
    let axum = Process::own(["tonic-gateway".to_owned(), service.address.to_string()])?;
    let mut rounds: Vec<Round> = Vec::new();
    for _ in 0..plan.rounds {
        let ours = rate(five.gateway(), requests, plan.each, || five.cpu())?;
        rounds.push((ours, rate(axum.address, requests, plan.each, || Ok(axum.cpu()? + service.cpu()?))?));
    }
    Ok(Figure::against("read by id over TCP, 16 clients", "/CPU-s", &rounds, Aim::AtLeast(0.75)))
}

fn rate(
    address: SocketAddr,
    requests: &Requests,
    each: Duration,
    cpu: impl Fn() -> Result<f64>,
) -> Result<f64> {
    load::run(address, requests, CLIENTS, WARM)?;
    let before = cpu()?;
    let done = load::run(address, requests, CLIENTS, each)?;
    Ok(done.requests / (cpu()? - before))
}

/// The p99 of a route that does not need the service which is stopped.
fn while_stopped(plan: &Plan, five: &Five, role: &str, requests: &Requests) -> Result<Figure> {
    let mut rounds: Vec<Round> = Vec::new();
    for _ in 0..plan.rounds {
        load::run(five.gateway(), requests, CLIENTS, WARM)?;
        let whole = load::run(five.gateway(), requests, CLIENTS, STOPPED)?;
        five.signal(role, "STOP")?;
        let stopped = load::run(five.gateway(), requests, CLIENTS, STOPPED);
        five.signal(role, "CONT")?;
        rounds.push((stopped?.within(0.99), whole.within(0.99)));
    }
    let name = format!("p99 of read by id, {role} stopped");
    Ok(Figure::against(name, "ms", &rounds, Aim::AtMost(1.1)))
}

/// Requests that each are sent once.
pub(crate) fn once_each(texts: impl Iterator<Item = Vec<u8>>, status: u16) -> Requests {
    Requests { texts: Arc::new(texts.collect()), status }
}
