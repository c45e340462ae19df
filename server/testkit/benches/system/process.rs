//! Servers as child processes, and what they use.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::people::{ADMIN, PASSWORD};

/// Clock ticks per second in `/proc`, on every Linux.
const TICKS: f64 = 100.0;

/// A running server; killed when dropped.
pub(crate) struct Process {
    child: Child,
    /// The stdout of a child of this program; `None` for `vitaed`.
    said: Option<BufReader<ChildStdout>>,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// Starts `vitaed serve` with a new data directory and our administrator.
    pub(crate) fn vitaed(program: &Path, directory: &Path) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        Self::start(command, directory)
    }

    /// Starts a server that reports on stderr when it is ready. Its data is in the directory.
    pub(crate) fn start(mut command: Command, directory: &Path) -> Result<Self> {
        let password = directory.join("password");
        std::fs::write(&password, PASSWORD)?;
        let mut child = command
            .arg("--data")
            .arg(directory.join("data"))
            .env("VITAE_ADMIN_EMAIL", ADMIN)
            .env("VITAE_ADMIN_PASSWORD_FILE", password)
            .stderr(Stdio::piped())
            .spawn()
            .context("the server does not start")?;
        let mut lines = BufReader::new(child.stderr.take().context("stderr is piped")?).lines();
        let mut said = String::new();
        let address = loop {
            let Some(line) = lines.next().transpose()? else {
                bail!("the server ended before it was ready: {said}")
            };
            if let Some((_, address)) = line.split_once("ready on http://") {
                break address.parse()?;
            }
            said = line;
        };
        // A full pipe would stop the server.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, said: None, address })
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status()?;
        ensure!(sent.success(), "the signal {name} was not sent");
        Ok(())
    }

    /// Starts this program as a child process, which prints its address first.
    pub(crate) fn own<I: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = I>) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = BufReader::new(child.stdout.take().context("stdout is piped")?);
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut process = Self { child, said: Some(said), address };
        process.address = process.line()?.parse().context("the child printed no address")?;
        Ok(process)
    }

    /// Requests a line from a child of this program.
    pub(crate) fn ask(&mut self) -> Result<String> {
        self.child.stdin.as_mut().context("the process has no stdin")?.write_all(b"\n")?;
        self.line()
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.said.as_mut().context("the process has no stdout")?.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// CPU-seconds of the process so far, all threads, user and system.
    pub(crate) fn cpu(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        cpu_of(&stat, [11, 12])
    }

    /// Resident memory in MB.
    pub(crate) fn memory(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes / 1024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Either it ended already, or it is ours to end.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// CPU-seconds of this process, without its children.
pub(crate) fn own_cpu() -> Result<f64> {
    cpu_of(&std::fs::read_to_string("/proc/self/stat")?, [11, 12])
}

/// CPU-seconds of the children that this process has waited for.
pub(crate) fn ended_children_cpu() -> Result<f64> {
    cpu_of(&std::fs::read_to_string("/proc/self/stat")?, [13, 14])
}

/// Sums two fields, counted from the state on: the name before it may contain anything.
fn cpu_of(stat: &str, fields: [usize; 2]) -> Result<f64> {
    let (_, rest) = stat.rsplit_once(") ").context("/proc/…/stat has an unexpected format")?;
    let all: Vec<&str> = rest.split(' ').collect();
    let mut ticks = 0.0;
    for field in fields {
        ticks += all.get(field).context("/proc/…/stat is short")?.parse::<f64>()?;
    }
    Ok(ticks / TICKS)
}
