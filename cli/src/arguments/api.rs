//! `vitae api`

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
The login, its renewal, the time limit and safe repeats are those of every command; the answer is written as it \
came, but for a terminal without what acts on it. The method is GET, or POST where fields or an input are given.

Fields make a JSON body; for GET, HEAD and DELETE, or beside --input, they become parameters. -f adds a string, -F \
JSON where the value is JSON (true, 7, [\"a\"], {\"a\": 1}), the content of a file for @FILE and of standard input for @-, \
else a string. Keys can be nested: -f 'a[b]=c', -f 'tags[]=london'.

--paginate follows next_cursor, and writes the items of all pages as one list, or with -o ndjson one a line; --jq \
sees that list. A refusal is written to standard output as it came, and ends with the exit code of its class.

Examples:
  vitae api /v1/me
  vitae api POST /v1/users -f email=ada@example.com -f name=\"Ada Lovelace\"
  vitae api /v1/resumes -f title=Ada -F document=@ada.json -F 'tags[]=london'
  vitae api PATCH /v1/users/0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f -f role=editor -H 'If-Match: \"3\"'
  vitae api '/v1/users?role=editor' --paginate --jq '.[].email'
  vitae api GET /v1/resumes -f q=rust --include")]
pub(crate) struct Api {
    /// The method, if not by rule, and the path with its parameters
    #[arg(required = true, num_args = 1..=2, value_names = ["METHOD", "PATH"])]
    pub(crate) target: Vec<String>,
    /// The method, as another place to say it
    #[arg(long, short = 'X', value_name = "METHOD")]
    pub(crate) method: Option<String>,
    /// A string field; can be given often
    #[arg(long, short = 'f', value_name = "KEY=VALUE")]
    pub(crate) raw_field: Vec<String>,
    /// A field that may be JSON or come from a file; can be given often
    #[arg(long, short = 'F', value_name = "KEY=VALUE")]
    pub(crate) field: Vec<String>,
    /// A header; can be given often
    #[arg(long, short = 'H', value_name = "NAME: VALUE")]
    pub(crate) header: Vec<String>,
    /// The body; - reads standard input
    #[arg(long, value_name = "FILE|-")]
    pub(crate) input: Option<PathBuf>,
    /// Follow all pages, and write their items as one list
    #[arg(long)]
    pub(crate) paginate: bool,
    /// Write status and headers, too
    #[arg(long, short = 'i', conflicts_with = "paginate")]
    pub(crate) include: bool,
}
