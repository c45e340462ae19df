//! The request of `vitae api`, built from its arguments.

use std::io::Read as _;
use std::path::Path;

use vitae_sdk::{RawRequest, RawResponse, RawValue};

use super::Api;
use super::fields::{self, Node};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::{documents, exit};

/// The request.
pub(super) struct Request {
    method: String,
    target: String,
    parameters: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    pub(super) paginate: bool,
    pub(super) include: bool,
}

impl Request {
    pub(super) fn of(options: Api) -> Result<Self, Failure> {
        let mut words = options.target.into_iter();
        let (method, target) = match (words.next(), words.next()) {
            (Some(method), Some(target)) => (Some(method), target),
            (Some(target), None) => (None, target),
            (None, _) => (None, String::new()),
        };
        if let (Some(one), Some(two)) = (&method, &options.method)
            && one != two
        {
            return Err(Failure::usage(format!("the method is {one} in one argument and {two} in another")));
        }
        let mut given = Vec::new();
        for field in &options.raw_field {
            given.push(fields::text(field)?);
        }
        for field in &options.field {
            given.push(fields::typed(field)?);
        }
        let sends = !given.is_empty() || options.input.is_some();
        let method = method.or(options.method);
        let method =
            method.unwrap_or_else(|| if sends { "POST" } else { "GET" }.to_owned()).to_ascii_uppercase();
        let input = options.input.as_deref().map(read).transpose()?;
        let is_read = matches!(method.as_str(), "GET" | "HEAD" | "DELETE");
        let (mut parameters, mut body) = (Vec::new(), input);
        if is_read || body.is_some() {
            parameters = given.into_iter().map(|(key, value)| (key, fields::parameter(&value))).collect();
        } else if !given.is_empty() {
            body = Some(object(given)?);
        }
        let headers = options.header.iter().map(|header| header_of(header)).collect::<Result<_, _>>()?;
        let (paginate, include) = (options.paginate, options.include);
        Ok(Self { method, target, parameters, headers, body, paginate, include })
    }

    pub(super) async fn send(
        &self,
        connection: &Connection,
        is_open: bool,
        cursor: Option<&str>,
    ) -> Result<RawResponse, Failure> {
        let mut request: RawRequest = connection.client.raw(&self.method, &self.target);
        for (name, value) in &self.parameters {
            request = request.query(name, value);
        }
        if let Some(cursor) = cursor {
            request = request.query("cursor", cursor);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        if is_open {
            request = request.anonymous();
        }
        request.send().await.map_err(|e| connection.explain(&self.doing(), &e))
    }

    pub(super) fn doing(&self) -> String {
        let path = self.target.split('?').next().unwrap_or_default();
        format!("{} {path}", self.method)
    }
}

fn object(given: Vec<(String, Box<RawValue>)>) -> Result<Vec<u8>, Failure> {
    let mut node = Node::nothing();
    for (key, value) in given {
        node.put(&key, &value)?;
    }
    serde_json::to_vec(&node)
        .map_err(|e| Failure::new(exit::FAILED, format!("cannot write the fields as JSON: {e}")))
}

fn header_of(header: &str) -> Result<(String, String), Failure> {
    let parts = header.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    parts.filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
        Failure::usage(format!("\"{header}\" is not a header")).next("write a header as -H 'If-Match: \"3\"'")
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if documents::is_stdin(path) {
        std::io::stdin().lock().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    let name = documents::name_of(path);
    read.map_err(|e| Failure::new(exit::INVALID_INPUT, format!("cannot read {name}: {e}")))?;
    Ok(bytes)
}
