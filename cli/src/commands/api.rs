//! `vitae api`: any HTTP request with the login of the command line.

mod fields;
mod request;

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};
use vitae_sdk::{RawResponse, RawValue};

use self::request::Request;
use crate::command_metadata::{CommandMetadata, exits};
use crate::config::StoreKind;
use crate::connection::Connection;
use crate::context::Context;
use crate::errors::Failure;
use crate::flags::{Global, OutputFormat};
use crate::output::{Column, Output, Row};
use crate::{exit, runtime};

const METADATA: CommandMetadata = CommandMetadata::new(&[], exits::WRITE);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Login, token refresh, time limit and retries work as in every command. The response is printed unchanged; on a \
terminal, control sequences are escaped. The method is GET, or POST if fields or --input are given.

Fields form a JSON body; for GET, HEAD and DELETE, or together with --input, they are query parameters. -f adds a \
string. -F adds JSON if the value is JSON (true, 7, [\"a\"], {\"a\": 1}), the content of a file for @FILE, standard input \
for @-, otherwise a string. Keys can be nested: -f 'a[b]=c', -f 'tags[]=london'.

--paginate follows next_cursor and prints the items of all pages as one list, or one per line with -o ndjson; --jq \
filters that list. An error response is printed to standard output unchanged, with the exit code of its class.

Examples:
  vitae api /v1/me
  vitae api POST /v1/users -f email=ada@example.com -f name=\"Ada Lovelace\"
  vitae api /v1/resumes -f title=Ada -F document=@ada.json -F 'tags[]=london'
  vitae api PATCH /v1/users/0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f -f role=editor -H 'If-Match: \"3\"'
  vitae api '/v1/users?role=editor' --paginate --jq '.[].email'
  vitae api GET /v1/resumes -f q=rust --include"), add = METADATA)]
pub(crate) struct Api {
    /// The method (optional) and the path with its query
    #[arg(required = true, num_args = 1..=2, value_names = ["METHOD", "PATH"])]
    pub(crate) target: Vec<String>,
    /// The method
    #[arg(long, short = 'X', value_name = "METHOD")]
    pub(crate) method: Option<String>,
    /// A string field; repeatable
    #[arg(long, short = 'f', value_name = "KEY=VALUE")]
    pub(crate) raw_field: Vec<String>,
    /// A field that may be JSON or a file; repeatable
    #[arg(long, short = 'F', value_name = "KEY=VALUE")]
    pub(crate) field: Vec<String>,
    /// A header; repeatable
    #[arg(long, short = 'H', value_name = "NAME: VALUE")]
    pub(crate) header: Vec<String>,
    /// The body; - reads standard input
    #[arg(long, value_name = "FILE|-")]
    pub(crate) input: Option<PathBuf>,
    /// Follow all pages and print their items as one list
    #[arg(long)]
    pub(crate) paginate: bool,
    /// Print status and headers too
    #[arg(long, short = 'i', conflicts_with = "paginate")]
    pub(crate) include: bool,
}

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
        Err(failure) if failure.exit == exit::NOT_LOGGED_IN => {
            (context.store(StoreKind::File, "nobody")?, true)
        }
        Err(failure) => return Err(failure),
    };
    let connection = context.connect_with(store)?;
    runtime::block_on(async {
        let request = runtime::run_blocking(move || Request::of(options)).await?;
        if request.paginate {
            return all_pages(&connection, &request, is_open, output).await;
        }
        let answer = request.send(&connection, is_open, None).await?;
        print_response(&connection, &request, answer, output).await
    })
}

/// Prints a response: streamed unchanged, or in the requested format once complete.
async fn print_response(
    connection: &Connection,
    request: &Request,
    mut answer: RawResponse,
    output: &mut Output,
) -> Result<(), Failure> {
    let rejection = answer.error().map(|error| connection.explain(&request.doing(), error));
    if request.include {
        output.line(&format!("HTTP/1.1 {}", answer.status()))?;
        for (name, value) in answer.headers() {
            output.untrusted_line(&format!("{name}: {value}"))?;
        }
        output.line("")?;
    }
    let media_type = answer.header("content-type").unwrap_or_default().to_owned();
    let is_json = media_type.starts_with("application/json") || media_type.contains("+json");
    let explain = |e| connection.explain(&request.doing(), &e);
    if is_json && rejection.is_none() && output.is_format_requested() {
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
    rejection.map_or(Ok(()), Err)
}

/// The members of a page that pagination needs.
#[derive(Deserialize)]
struct Page {
    items: Vec<Box<RawValue>>,
    #[serde(default)]
    next_cursor: Option<String>,
}

async fn all_pages(
    connection: &Connection,
    request: &Request,
    is_open: bool,
    output: &mut Output,
) -> Result<(), Failure> {
    output.prefer(OutputFormat::Json);
    let mut cursor: Option<String> = None;
    let mut list = output.list();
    loop {
        let answer = request.send(connection, is_open, cursor.as_deref()).await?;
        let explain = |e| connection.explain(&request.doing(), &e);
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
