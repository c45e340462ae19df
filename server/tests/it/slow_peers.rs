//! Clients that hold connections without using them.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::raw_http::send_one;
use crate::vitaed::{PASSWORD, TIMEOUT, Vitaed, program, serve};

const LIVE: &[u8] = b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn clients_that_do_not_read_do_not_block_others() {
    let directory = tempfile::tempdir().unwrap();
    let password = directory.path().join("password");
    std::fs::write(&password, PASSWORD).unwrap();
    let serve = serve(&directory.path().join("data"));
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 64; exec \"$0\" \"$@\""]).arg(serve.as_std().get_program());
    command.args(serve.as_std().get_args()).env("VITAE_ADMIN_PASSWORD_FILE", &password);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).kill_on_drop(true);
    let server = Vitaed::spawn(&mut command).await;
    let mut held = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        // More responses than fit into the kernel's buffers; the client reads none.
        let requests = b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(300);
        // The server may have closed the connection for a later one already.
        stream.write_all(&requests).await.ok();
        held.push(stream);
    }
    for _ in 0..10 {
        assert_eq!(send_one(server.address, LIVE).await.status, 200);
    }
    drop(server.admin().await);
    drop(held);
    let ended = server.stop().await;
    let warnings = ended.stderr.iter().filter(|line| line.contains("too many connections")).count();
    assert!((1..=10).contains(&warnings), "{:?}", ended.stderr);
}

#[tokio::test]
async fn silent_connections_to_a_role_are_closed() {
    let directory = tempfile::tempdir().unwrap();
    let mut users = program();
    users.arg("users").arg("--data").arg(directory.path()).args(["--listen", "127.0.0.1:0"]);
    let users = Vitaed::spawn(&mut users).await;
    let silent = TcpStream::connect(users.address).await.unwrap();
    let mut halfway = TcpStream::connect(users.address).await.unwrap();
    halfway.write_all(b"PRI * HTTP/2.0\r\n").await.unwrap();
    let mut unresponsive = TcpStream::connect(users.address).await.unwrap();
    // A client that begins as HTTP/2 has it, with empty settings, and responses no ping.
    let hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    unresponsive.write_all(hello).await.unwrap();
    for mut stream in [silent, halfway, unresponsive] {
        let mut received = Vec::new();
        let closed = tokio::time::timeout(TIMEOUT, stream.read_to_end(&mut received)).await;
        // An end or a reset.
        drop(closed.expect("the role closes the connection"));
    }
}
