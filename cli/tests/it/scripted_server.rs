//! A server with scripted responses that records the requests.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

/// Responses in wire format, in order; the last one is repeated.
pub(crate) struct Script {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Script {
    pub(crate) fn new<T: Into<Vec<u8>>>(answers: impl IntoIterator<Item = T>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        let mut answers: VecDeque<Vec<u8>> = answers.into_iter().map(Into::into).collect();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(request) = request(&mut &stream) else { continue };
                heard.lock().unwrap().push(request);
                let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
                // The client may have closed the connection.
                let _ = (&stream).write_all(&answer.unwrap());
            }
        });
        Self { url, asked }
    }

    /// The request heads received so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// A response with this status and a JSON body.
pub(crate) fn answer(status: u16, body: &str) -> String {
    let form = if status < 300 { "application/json" } else { "application/problem+json" };
    let length = body.len();
    format!(
        "HTTP/1.1 {status} x\r\ncontent-type: {form}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// A problem response with this code.
pub(crate) fn problem(status: u16, code: &str) -> String {
    let body = serde_json::json!({"type": "x", "title": "x", "status": status, "code": code,
        "detail": "no", "request_id": "r-1"});
    answer(status, &body.to_string())
}

/// Reads one request and returns its head.
pub(crate) fn request(stream: &mut impl Read) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        head.push_str(&line);
    }
    reader.take(length).read_to_end(&mut Vec::new()).ok()?;
    (!head.is_empty()).then_some(head)
}
