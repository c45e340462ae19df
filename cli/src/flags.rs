//! The global options of every command.

mod network;

pub(crate) use self::network::{NetworkFlags, Proxy};

use clap::{Args, ValueEnum};

/// The flags of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help = "The server's address [env: VITAE_SERVER] [default: http://127.0.0.1:7878]"
    )]
    pub(crate) server: Option<String>,
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        help = "The profile in config.toml to use [env: VITAE_PROFILE] [default: default]"
    )]
    pub(crate) profile: Option<String>,
    /// Output format; tables are tab-separated unless written to a terminal
    #[arg(long, short, global = true, value_name = "FORMAT")]
    pub(crate) output: Option<OutputFormat>,
    /// Print only these fields, in this order: id,owner.name; an unknown field lists the valid ones
    #[arg(long, global = true, value_name = "FIELDS", value_delimiter = ',')]
    pub(crate) fields: Option<Vec<String>>,
    /// Apply a jq filter to the output of -o json; strings are printed without quotes
    #[arg(long, global = true, value_name = "FILTER")]
    pub(crate) jq: Option<String>,
    /// Print no notices, and only the ids of a table
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Do not ask for confirmation before deleting or overwriting
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// Format of errors
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text", hide_default_value = true)]
    pub(crate) error_format: ErrorFormat,
    #[command(flatten)]
    pub(crate) network: NetworkFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Aligned columns; tsv unless written to a terminal
    Table,
    /// One JSON value; a list is one array
    Json,
    /// One JSON value per line
    Ndjson,
    /// One YAML document; a list is one sequence
    Yaml,
    /// RFC 4180 with a header; an apostrophe protects texts that a spreadsheet would execute
    Csv,
    /// Tab-separated cells, without a header
    Tsv,
    /// The id or name that other commands accept, one per line
    Name,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErrorFormat {
    /// Lines of text
    Text,
    /// One JSON object per line
    Json,
}
