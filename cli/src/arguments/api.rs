//! `vitae api`

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
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
  vitae api GET /v1/resumes -f q=rust --include")]
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
