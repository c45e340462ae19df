//! `vitae api`: any HTTP request with the login of the command line.

mod fields;

use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use vitae_sdk::{RawRequest, RawResponse, RawValue};

use self::fields::Node;
use crate::arguments::api::Api;
use crate::arguments::{Global, OutputFormat};
use crate::config::StoreKind;
use crate::context::{Context, Online};
use crate::documents;
use crate::errors::Failure;
use crate::output::{Column, Output, Row};
use crate::{exit, runtime};

pub(crate) fn run(global: &Global, options: Api, output: &mut Output) -> Result<(), Failure> {
    if matches!(
        global.output,
        Some(OutputFormat::Table | OutputFormat::Csv | OutputFormat::Tsv | OutputFormat::Name)
    ) {
        return Err(Failure::usage("api prints the response of the server, which is no table")
            .next("use -o json, -o ndjson or -o yaml, or --jq with @csv or @tsv"));
    }
    let context = Context::of(global, false)?;
    // Public routes need no login; for others the server responds 401.
    let (store, is_open) = match context.login_store() {
        Ok(store) => (store, false),
        Err(nobody) if nobody.exit == exit::NOT_LOGGED_IN => {
            (context.store(StoreKind::File, "nobody")?, true)
        }
        Err(failure) => return Err(failure),
    };
    let online = context.online_with(store)?;
    runtime::block_on(async {
        let request = runtime::run_blocking(move || Request::of(options)).await?;
        if request.paginate {
            return all_pages(&online, &request, is_open, output).await;
        }
        let answer = request.send(&online, is_open, None).await?;
        print_response(&online, &request, answer, output).await
    })
}

/// The request.
struct Request {
    method: String,
    target: String,
    parameters: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    paginate: bool,
    include: bool,
}

impl Request {
    fn of(options: Api) -> Result<Self, Failure> {
        let mut words = options.target.into_iter();
        let (method, target) = match (words.next(), words.next()) {
            (Some(method), Some(target)) => (Some(method), target),
            (Some(target), None) => (None, target),
            (None, _) => (None, String::new()),
        };
        if let (Some(one), Some(two)) = (&method, &options.method)
            && one != two
        {
            return Err(Failure::usage(format!("the method is {one} in one place and {two} in another")));
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

    async fn send(
        &self,
        online: &Online,
        is_open: bool,
        cursor: Option<&str>,
    ) -> Result<RawResponse, Failure> {
        let mut request: RawRequest = online.client.raw(&self.method, &self.target);
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
        request.send().await.map_err(|e| online.explain(&self.doing(), &e))
    }

    fn doing(&self) -> String {
        let path = self.target.split('?').next().unwrap_or_default();
        format!("{} {path}", self.method)
    }
}

/// Prints a response: streamed unchanged, or in the requested format once complete.
async fn print_response(
    online: &Online,
    request: &Request,
    mut answer: RawResponse,
    output: &mut Output,
) -> Result<(), Failure> {
    let refusal = answer.error().map(|error| online.explain(&request.doing(), error));
    if request.include {
        output.line(&format!("HTTP/1.1 {}", answer.status()))?;
        for (name, value) in answer.headers() {
            output.untrusted_line(&format!("{name}: {value}"))?;
        }
        output.line("")?;
    }
    let media_type = answer.header("content-type").unwrap_or_default().to_owned();
    let is_json = media_type.starts_with("application/json") || media_type.contains("+json");
    let explain = |e| online.explain(&request.doing(), &e);
    if is_json && refusal.is_none() && output.is_format_requested() {
        let body = answer.bytes().await.map_err(explain)?;
        let text = String::from_utf8_lossy(&body);
        output.value(&text)?;
    } else if output.is_exact() {
        let mut is_open_line = false;
        while let Some(chunk) = answer.chunk().await {
            let chunk = chunk.map_err(explain)?;
            output.bytes(&chunk)?;
            is_open_line = !chunk.ends_with(b"\n");
        }
        if is_open_line {
            output.line("")?;
        }
    } else {
        let body = answer.bytes().await.map_err(explain)?;
        output.shown(&String::from_utf8_lossy(&body), is_json)?;
    }
    refusal.map_or(Ok(()), Err)
}

/// The members of a page that pagination needs.
#[derive(Deserialize)]
struct Page {
    items: Vec<Box<RawValue>>,
    #[serde(default)]
    next_cursor: Option<String>,
}

async fn all_pages(
    online: &Online,
    request: &Request,
    is_open: bool,
    output: &mut Output,
) -> Result<(), Failure> {
    output.prefer(OutputFormat::Json);
    let mut cursor: Option<String> = None;
    let mut list = output.list();
    loop {
        let answer = request.send(online, is_open, cursor.as_deref()).await?;
        let explain = |e| online.explain(&request.doing(), &e);
        if let Some(error) = answer.error() {
            return Err(explain(error.clone()));
        }
        let body = answer.bytes().await.map_err(explain)?;
        let page: Page = serde_json::from_slice(&body).map_err(|_| {
            Failure::usage(format!("{} does not return pages", request.doing()))
                .next("remove --paginate, or request a list such as /v1/users")
        })?;
        let items: Vec<Item> = page.items.into_iter().map(Item).collect();
        list.page(&items)?;
        match page.next_cursor {
            Some(next) if Some(&next) == cursor.as_ref() => {
                return Err(Failure::new(exit::FAILED, "the next page has the same cursor"));
            }
            None => break,
            next => cursor = next,
        }
    }
    list.finish()?;
    Ok(())
}

/// An item of a page, unchanged.
#[derive(Serialize)]
#[serde(transparent)]
struct Item(Box<RawValue>);

/// Only written as JSON or YAML.
impl Row for Item {
    const FIELDS: &'static [&'static str] = &[];
    const COLUMNS: &'static [Column] = &[];

    fn id(&self) -> String {
        self.0.get().to_owned()
    }

    fn cells(&self, _: bool) -> Vec<String> {
        Vec::new()
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        Vec::new()
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
