//! A server whose every text contains terminal escapes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};

use crate::cli::Cli;

const ID: &str = "0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f";
/// Escapes that clear, retitle and reverse, with C1 controls and private-use characters.
const BAD: &str = "a\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\r\n\u{202e}\u{2028}\u{e000}\u{7f}\u{200b}\u{ad}\tz";
const AT: &str = "2026-11-22T09:30:00.000Z";

fn user() -> Value {
    json!({"id": ID, "email": BAD, "name": BAD, "role": BAD, "status": BAD, "version": 1,
        "created_at": AT, "updated_at": AT, "deleted_at": null})
}

fn resume() -> Value {
    json!({"id": ID, "title": BAD, "owner": {"id": ID, "name": BAD}, "tags": [BAD], "revision": 1,
        "created_at": AT, "updated_at": AT, "deleted_at": null,
        "document": {"basics": {"name": BAD, "label": BAD}, BAD: [BAD]}})
}

fn revision() -> Value {
    json!({"revision": 1, "kind": BAD, "author": {"id": ID, "name": BAD}, "at": AT, "reason": BAD,
        "title": BAD, "tags": [BAD], "document": {BAD: BAD}})
}

fn entry() -> Value {
    json!({"sequence": 1, "event_id": ID, "at": AT, "action": BAD,
        "actor": {"kind": BAD, "id": null, "session_id": null},
        "object": {"type": BAD, "id": ID, "version": 1},
        "request_id": BAD, "client_address": BAD, "user_agent": BAD,
        "changes": [{"field": BAD, "before": BAD, "after": {BAD: BAD}}]})
}

/// Known events, events of newer servers and malformed ones; ids with escapes, too.
fn events() -> String {
    let event = |kind: &str, object: Value| {
        json!({"id": ID, "subject": BAD, "at": AT, "actor_id": ID,
            "object": {"type": BAD, "id": ID, "version": 1}, kind: object})
    };
    let session = json!({"user_id": ID, "session_ids": [ID], "reason": BAD, "client": BAD, "address": BAD});
    let bad = BAD.replace(['\r', '\n'], "");
    let frames = [
        ("ready", json!({})),
        ("reset", json!({})),
        ("x", event("user", user())),
        ("x", event("resume", resume())),
        ("x", event("session", session)),
        ("x", event(BAD, json!({BAD: BAD}))),
        (&bad, json!(BAD)),
    ];
    let frames = frames.iter().map(|(name, data)| format!("id: {bad}\nevent: {name}\ndata: {data}\n\n"));
    // The last id fits in a header, so the stream can resume after it.
    frames.chain(["id: last\nevent: ready\ndata: {}\n\n".to_owned()]).collect()
}

fn page(item: &Value) -> Value {
    json!({"items": [item], "next_cursor": BAD, "prev_cursor": BAD})
}

fn answer(method: &str, path: &str) -> (u16, Value) {
    let problem = |status: u16, code: &str| {
        json!({"type": BAD, "title": BAD, "status": status, "code": code, "detail": BAD, "request_id": BAD,
            "errors": [{"pointer": BAD, "message": BAD}]})
    };
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    match (method, path.trim_end_matches(ID)) {
        ("GET", "/v1/users") => (200, page(&user())),
        ("GET" | "PATCH", "/v1/users/") | ("GET", "/v1/me") => (200, user()),
        ("GET", "/v1/audit") => (200, page(&entry())),
        ("GET", "/v1/events") => (403, problem(403, BAD)),
        ("GET", "/v1/resumes") => (200, page(&resume())),
        ("GET", "/v1/resumes/") => (200, resume()),
        ("GET", path) if path.ends_with("/revisions") => (200, page(&revision())),
        ("GET", path) if path.contains("/revisions/") => (200, revision()),
        ("GET", "/v1/resumes/export") => {
            let mut line = resume();
            line["owner_id"] = ID.into();
            (200, line)
        }
        ("PATCH" | "PUT", _) => (412, problem(412, "precondition_failed")),
        ("POST", "/v1/resumes") => (201, resume()),
        ("DELETE", _) => (409, problem(409, BAD)),
        _ => (422, problem(422, "validation_failed")),
    }
}

fn serve(mut stream: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let (mut length, mut is_again) = (0, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        is_again |= header.to_ascii_lowercase().starts_with("last-event-id:");
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    reader.take(length).read_to_end(&mut Vec::new()).ok()?;
    let (status, body) = answer(&method, &path);
    // The first connection brings events, the second ends it.
    let is_stream = path.starts_with("/v1/events") && !is_again;
    let (status, body) = if is_stream { (200, events()) } else { (status, body.to_string()) };
    let form = match status {
        _ if is_stream => "text/event-stream",
        200.. if path.starts_with("/v1/resumes/export") => "application/x-ndjson",
        ..300 => "application/json",
        _ => "application/problem+json",
    };
    // Unescaped where JSON allows it.
    let body = body.replace("\\u007f", "\u{7f}");
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: {form}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).ok()
}

/// The check itself is in [`Cli::finish`]: no command writes active terminal escapes.
#[test]
fn server_text_is_escaped_for_the_terminal() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let cli = Cli::new(&format!("http://{}", listener.local_addr().unwrap()));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // The client may have closed the connection.
            let _ = serve(&stream);
        }
    });
    cli.file("in.json", "{}");
    for (arguments, code) in [
        (&["users", "list", "--limit", "1"][..], 0),
        (&["users", "get", ID], 0),
        (&["users", "get", "a@b"], 0),
        (&["users", "create", "--email", "a@b", "--name", "x"], 7),
        (&["users", "update", ID, "--name", "x"], 0),
        (&["users", "disable", ID], 7),
        (&["users", "delete", ID, "--yes"], 6),
        (&["users", "restore", ID], 7),
        (&["resumes", "list", "--limit", "1"], 0),
        (&["resumes", "get", ID], 0),
        (&["resumes", "get", "title"], 0),
        (&["resumes", "get", ID, "--revision", "1"], 0),
        (&["resumes", "create", "--title", "x"], 0),
        (&["resumes", "update", ID, "--title", "x"], 6),
        (&["resumes", "delete", ID, "--yes"], 6),
        (&["resumes", "restore", ID], 7),
        (&["resumes", "history", ID, "--limit", "1"], 0),
        (&["resumes", "import", "in.json"], 0),
        (&["audit", "list", "--limit", "1"], 0),
        (&["events", "watch"], 5),
        (&["resumes", "export", ID, "-o", "json"], 0),
        (&["resumes", "export", "--all", "-o", "ndjson"], 0),
        (&["resumes", "export", "--all", "--dir", "out", "--yes"], 0),
    ] {
        for form in [&[][..], &["-o", "json"], &["-o", "ndjson"], &["--error-format", "json"]] {
            if arguments.contains(&"-o") && form.contains(&"-o")
                || arguments.contains(&"--all") && !arguments.contains(&"-o")
            {
                continue;
            }
            let outcome = cli.with("VITAE_TOKEN", "a.b.c", &[arguments, form].concat());
            outcome.ends(code);
        }
    }
    let watch = cli.with("VITAE_TOKEN", "a.b.c", &["events", "watch", "-o", "json"]);
    let lines: Vec<Value> = watch.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds =
        ["user", "resume", "session", BAD].map(|kind| lines.iter().position(|line| line[kind].is_object()));
    assert_eq!(kinds, [Some(0), Some(1), Some(2), Some(3)], "{}", watch.stdout);
    watch.says("were missed").says("skipped unknown event");
}
