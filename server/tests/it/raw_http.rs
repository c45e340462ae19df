//! Raw HTTP, for requests that no HTTP client would send.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::vitaed::TIMEOUT;

/// A response of the server.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Status line and headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Response {
    /// The code of a problem, empty for every other body.
    pub(crate) fn code(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Sends bytes on a connection of their own, and reads responses until the server closes it.
pub(crate) async fn send(address: SocketAddr, bytes: &[u8]) -> Vec<Response> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let mut received = Vec::new();
    let read = reader.read_to_end(&mut received);
    // Both at once: the server may answer, and hang up, before it has read everything.
    let both = async { tokio::join!(writer.write_all(bytes), read) };
    let (_, read) = tokio::time::timeout(TIMEOUT, both).await.expect("the server closes the connection");
    // A reset after the response is a way of closing it.
    drop(read);
    responses(&received)
}

/// As [`send`], for exactly one response.
pub(crate) async fn send_one(address: SocketAddr, bytes: &[u8]) -> Response {
    let mut responses = send(address, bytes).await;
    assert_eq!(
        responses.len(),
        1,
        "{responses:?} to {}",
        String::from_utf8_lossy(&bytes[..bytes.len().min(200)])
    );
    responses.remove(0)
}

/// Takes responses apart that say how long they are.
fn responses(mut bytes: &[u8]) -> Vec<Response> {
    let mut responses = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse().unwrap());
        let body = String::from_utf8(bytes[end + 4..][..length].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        responses.push(Response { status, head, body });
        bytes = &bytes[end + 4 + length..];
    }
    responses
}
