//! Requests to the mock.

use std::io;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpStream;

/// A request as received.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method, such as `GET`.
    pub method: String,
    /// The path and query.
    pub target: String,
    /// The names and values in order, as sent.
    pub headers: Vec<(String, String)>,
    /// The body, which must be text.
    pub body: String,
}

impl Request {
    /// The first header of this name, without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// The method and target, as in `GET /v1/me`.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    /// The body, which must be JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the test says that the body is JSON")
    }

    /// The access token.
    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// The request as bytes, for a connection that ends with its response; for a proxy in a test.
    ///
    /// ```
    /// use vitae_sdk::mock::Request;
    ///
    /// let (method, target) = ("GET".to_owned(), "/v1/me".to_owned());
    /// let request = Request { method, target, headers: Vec::new(), body: String::new() };
    /// assert_eq!(request.to_bytes(), b"GET /v1/me HTTP/1.1\r\nconnection: close\r\n\r\n");
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        let passed = self.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("connection"));
        let headers: Vec<_> = passed.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("{} HTTP/1.1\r\n{}connection: close\r\n\r\n", self.line(), headers.concat());
        [head.as_bytes(), self.body.as_bytes()].concat()
    }
}

/// Reads the next request of a connection; `None` when the client has closed it.
pub async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(ToOwned::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(malformed());
    };
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None => break,
        }
    }
    let mut request = Request { method, target, headers, body: String::new() };
    let mut body = Vec::new();
    if request.header("transfer-encoding").is_some() {
        while let Some(chunk) = read_chunk(stream).await? {
            body.extend(chunk);
        }
    } else if let Some(length) = request.header("content-length") {
        body.resize(length.parse().map_err(|_| malformed())?, 0);
        stream.read_exact(&mut body).await?;
    }
    request.body = String::from_utf8(body).map_err(|_| malformed())?;
    Ok(Some(request))
}

async fn read_chunk(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut size = String::new();
    stream.read_line(&mut size).await?;
    let size = usize::from_str_radix(size.trim_end(), 16).map_err(|_| malformed())?;
    let mut chunk = vec![0; size + 2];
    stream.read_exact(&mut chunk).await?;
    chunk.truncate(size);
    Ok((size > 0).then_some(chunk))
}

fn malformed() -> io::Error {
    io::ErrorKind::InvalidData.into()
}
