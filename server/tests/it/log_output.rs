//! Full, closed or unread stderr: the server goes on and counts lost log lines.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::roles::{eventually, resume};
use crate::vitaed::{PASSWORD, TIMEOUT, client_of, program};

/// A running server whose standard error is not what it should be.
struct Server {
    child: Child,
    address: SocketAddr,
    _password: tempfile::NamedTempFile,
}

impl Server {
    /// Starts a server that logs everything, without waiting for its ready line.
    fn start(data: &Path, stderr: Stdio) -> Self {
        let password = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(password.path(), PASSWORD).unwrap();
        // The ready line, which would name a port of the server's choice, may not come.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let mut command = program();
        command.arg("serve").arg("--data").arg(data).args(["--listen", &address.to_string()]);
        command.env("VITAE_ADMIN_PASSWORD_FILE", password.path()).env("VITAE_LOG", "debug").stderr(stderr);
        Self { child: command.spawn().unwrap(), address, _password: password }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    async fn is_ready(&self) -> bool {
        client_of(&self.url()).server().readiness().await.is_ok_and(|readiness| readiness.is_ready())
    }

    /// Sends requests that are none; each is a line of the log.
    async fn log_lines(&self, count: usize) {
        for _ in 0..count {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(b"\0\r\n\r\n").await.unwrap();
            let mut response = Vec::new();
            // The end of the connection, however it comes.
            drop(stream.read_to_end(&mut response).await);
        }
    }

    async fn lost_lines(&self) -> u64 {
        let metrics = client_of(&self.url()).server().metrics().await.unwrap();
        let value = metrics.lines().find_map(|line| line.strip_prefix("vitae_log_lines_lost_total "));
        value.expect("the metrics have the lost lines").parse().unwrap()
    }

    /// Everything that people do still works: login, changes, reads, probes.
    async fn works(&self) {
        let client = client_of(&self.url());
        client.auth().login("admin@localhost", &PASSWORD.to_owned().into()).await.unwrap();
        let made = client.resumes().create(&resume("made while nothing can be logged")).await.unwrap();
        assert_eq!(client.resumes().get(made.id).await.unwrap().title, made.title);
        client.server().live().await.unwrap();
        assert!(client.server().readiness().await.unwrap().is_ready());
    }

    async fn stop(mut self) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", "TERM", &id]).status().await.unwrap().success());
        let ended = tokio::time::timeout(TIMEOUT, self.child.wait()).await;
        assert!(ended.expect("the server stops").unwrap().success());
    }
}

#[tokio::test]
async fn full_disk_under_stderr_does_not_stop_the_server() {
    let directory = tempfile::tempdir().unwrap();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let server = Server::start(directory.path(), full.into());
    eventually("the server is ready", async || server.is_ready().await).await;
    server.log_lines(20).await;
    server.works().await;
    eventually("the lost lines are counted", async || server.lost_lines().await >= 20).await;
    server.stop().await;
}

#[tokio::test]
async fn closed_stderr_pipe_does_not_stop_the_server() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = Server::start(directory.path(), Stdio::piped());
    eventually("the server is ready", async || server.is_ready().await).await;
    drop(server.child.stderr.take());
    server.log_lines(20).await;
    server.works().await;
    eventually("the lost lines are counted", async || server.lost_lines().await >= 19).await;
    server.stop().await;
}

#[tokio::test]
async fn unread_stderr_pipe_drops_log_lines_and_does_not_stop_the_server() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = Server::start(directory.path(), Stdio::piped());
    eventually("the server is ready", async || server.is_ready().await).await;
    while server.lost_lines().await == 0 {
        server.log_lines(200).await;
    }
    server.works().await;

    // Once it is read again, the log goes on and says what is missing.
    let mut lines = BufReader::new(server.child.stderr.take().unwrap()).lines();
    assert!(lines.next_line().await.unwrap().is_some());
    let reading = tokio::spawn(async move {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.ends_with("log lines could not be written and are lost") {
                return Some(lines);
            }
        }
        None
    });
    eventually("the log says how many lines were lost", async || {
        server.log_lines(1).await;
        reading.is_finished()
    })
    .await;
    assert!(reading.await.unwrap().is_some(), "the log ended");
    server.stop().await;
}

#[tokio::test]
async fn server_stops_while_stderr_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path(), Stdio::piped());
    eventually("the server is ready", async || server.is_ready().await).await;
    while server.lost_lines().await == 0 {
        server.log_lines(200).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn unwritable_output_exits_with_1() {
    for arguments in [&["--version"][..], &["--help"], &["serve", "--help"], &["demo", "--headless"]] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut command = program();
        let ended = command.args(arguments).stdout(full).stderr(Stdio::null()).status();
        let status = tokio::time::timeout(TIMEOUT, ended).await.expect("the program ends by itself");
        assert_eq!(status.unwrap().code(), Some(1), "{arguments:?}");
    }
}
