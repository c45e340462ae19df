//! Slow, faulty and foreign servers; secrets stay invisible to other processes.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use serde_json::json;

use crate::cli::Cli;
use crate::scripted_server::{Script, answer};

/// A fake token that is searched for in every output.
const CANARY: &str = "c4n4ry.c4n4ry.c4n4ry";

fn list(answer: impl Into<Vec<u8>>, more: &[&str]) -> (Cli, crate::cli::Outcome) {
    let cli = Cli::new(&Script::new([answer]).url);
    let outcome = cli.with("VITAE_TOKEN", CANARY, &[&["users", "list"], more].concat());
    (cli, outcome)
}

#[test]
fn invalid_responses_are_errors_with_a_next_step() {
    let page = |cursor: &str| json!({"items": [], "next_cursor": cursor, "prev_cursor": null}).to_string();
    let html = answer(200, "<html>").replace("application/json", "text/html");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    other.set_nonblocking(true).unwrap();
    let redirect = format!(
        "HTTP/1.1 302 Found\r\nlocation: http://{}/v1/users\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        other.local_addr().unwrap()
    );
    let endless = format!("HTTP/1.1 200 OK\r\n{}", "x: y\r\n".repeat(200_000));
    let deep = answer(200, &"[".repeat(100_000));
    for (answer, code, says) in [
        (html, 1, "text/html"),
        (redirect, 1, "302"),
        (answer(200, "{}"), 1, "next: "),
        (answer(200, "not json"), 1, "next: "),
        (deep, 1, "next: "),
        (answer(200, r#"{"items": [{"id": 7}]}"#), 1, "next: "),
        (answer(500, "{}"), 1, "500"),
        (answer(404, "{}").replace("problem+json", "json"), 1, "another program may be listening there"),
        ("SSH-2.0-OpenSSH_9.2\r\n".to_owned(), 1, "next: "),
        (
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{".to_owned(),
            9,
            "3 attempts",
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n".to_owned(), 1, "next: "),
        (endless, 1, "next: "),
        (String::new(), 9, "3 attempts"),
        (answer(200, &page("again")), 1, "the next page has the same cursor"),
    ] {
        let (_, outcome) = list(answer.clone(), &["--all"]);
        let head: String = answer.chars().take(60).collect();
        assert_eq!(outcome.code, Some(code), "{head}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(says), "{head}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("next: "), "{head}: {}", outcome.stderr);
        assert!(
            !outcome.stderr.contains("c4n4ry") && !outcome.stderr.contains("panicked"),
            "{}",
            outcome.stderr
        );
    }
    assert!(other.accept().is_err(), "a redirect was followed");
}

#[test]
fn rows_before_a_failed_page_are_complete() {
    let user = json!({"id": "0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f", "email": "a@b", "name": "A", "role": "admin",
        "status": "active", "version": 1, "created_at": "2026-11-22T09:30:00.000Z",
        "updated_at": "2026-11-22T09:30:00.000Z", "deleted_at": null});
    let first = answer(200, &json!({"items": [user], "next_cursor": "x", "prev_cursor": null}).to_string());
    let cli = Cli::new(&Script::new([first, answer(500, "{}")]).url);
    let outcome = cli.with("VITAE_TOKEN", CANARY, &["users", "list", "--all", "-o", "ndjson"]);
    assert_eq!(outcome.ends(1).stdout.lines().count(), 1);
}

/// Only secrets that the client sends count; a server that echoes a token is out of scope.
#[cfg(target_os = "linux")]
#[test]
fn secrets_are_invisible_to_other_processes() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let cli = Cli::new(&format!("http://{}", listener.local_addr().unwrap()));
    for flags in [&[][..], &["-v"], &["--debug"], &["--error-format", "json"]] {
        let login = ["login", "--email", "a@b", "--password-stdin", "--insecure-storage"];
        let mut command = cli.command(&[&login[..], flags].concat());
        let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(CANARY.as_bytes()).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        // The request has been written, so the process holds the password in memory.
        let mut request = Vec::new();
        while !String::from_utf8_lossy(&request).contains(CANARY) {
            let mut buffer = [0; 4096];
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "the request ended without a password");
            request.extend_from_slice(&buffer[..read]);
        }
        for file in ["cmdline", "environ", "comm"] {
            let text = std::fs::read(format!("/proc/{}/{file}", child.id())).unwrap();
            assert!(!String::from_utf8_lossy(&text).contains("c4n4ry"), "{file}");
        }
        let open = std::fs::read_dir(format!("/proc/{}/fd", child.id())).unwrap().flatten();
        let files =
            open.filter_map(|entry| std::fs::read_link(entry.path()).ok()).filter(|path| path.is_file());
        for file in files {
            let text = std::fs::read(&file).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&text).contains("c4n4ry"), "{}", file.display());
        }
        stream.write_all(answer(500, "{}").as_bytes()).unwrap();
        drop(stream);
        let output = child.wait_with_output().unwrap();
        let written = [output.stdout, output.stderr].concat();
        assert!(!String::from_utf8_lossy(&written).contains("c4n4ry"));
    }
}

#[test]
fn closed_pipe_ends_every_format_silently() {
    let cli = Cli::new("http://127.0.0.1:1");
    for form in ["table", "json", "ndjson", "yaml", "csv", "tsv", "name"] {
        let mut command = cli.command(&["docs", "-o", form]);
        let mut child = command.spawn().unwrap();
        // Without any reader.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && stderr.is_empty(), "{form}: {:?} {stderr}", output.status);
    }
}

#[test]
fn timeout_limits_a_slow_response() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let cli = Cli::new(&format!("http://{}", listener.local_addr().unwrap()));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // Single bytes do not extend the deadline: here a header that never ends.
            let head = b"HTTP/1.1 200 OK\r\nx-padding: ".iter().copied();
            for byte in head.chain(std::iter::repeat(b'x')) {
                let is_sent = stream.write_all(&[byte]).is_ok() && stream.flush().is_ok();
                if !is_sent || stream.read(&mut [0; 64]).is_ok_and(|read| read == 0) {
                    break;
                }
            }
        }
    });
    cli.with("VITAE_TOKEN", CANARY, &["users", "list", "--timeout", "300ms"]).ends(9).says("next: ");
}
