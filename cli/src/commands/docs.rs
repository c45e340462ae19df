//! `vitae docs`

use std::collections::BTreeMap;

use clap::{Arg, Args, Command};
use serde::Serialize;

use crate::command_metadata::{CommandMetadata, exits};
use crate::errors::Failure;
use crate::exit;
use crate::flags::OutputFormat;
use crate::output::{Column, Output, Row};

const METADATA: CommandMetadata = CommandMetadata::new(CommandReference::FIELDS, exits::LOCAL);

#[derive(Debug, Args)]
#[command(after_help = METADATA.help("\
Lists each command with its arguments, examples, fields and exit codes. The command with an empty name is vitae \
itself, with the global options.

Examples:
  vitae docs
  vitae docs --format json | jq -r '.[].command'
  vitae docs -o json --jq '.[] | select(.command == \"users list\") | .fields'"), add = METADATA)]
pub(crate) struct Docs {
    /// The same as -o
    #[arg(long, value_name = "FORMAT", conflicts_with = "output")]
    pub(crate) format: Option<OutputFormat>,
}

/// The reference of one command.
#[derive(Debug, Serialize)]
struct CommandReference {
    /// The subcommand path; empty for `vitae` itself.
    command: String,
    about: String,
    /// The usage line.
    usage: String,
    /// Its own arguments; those of `vitae` itself apply to every command.
    arguments: Vec<Argument>,
    examples: Vec<String>,
    fields: &'static [&'static str],
    /// Descriptions by exit code.
    exit_codes: BTreeMap<u8, &'static str>,
}

/// One argument or flag.
#[derive(Debug, Serialize)]
struct Argument {
    name: String,
    short: Option<char>,
    help: String,
    /// The placeholder of the value; none for a switch.
    value: Option<String>,
    /// The allowed values; empty if others are allowed.
    values: Vec<String>,
    default: Option<String>,
    required: bool,
    repeatable: bool,
}

/// Lists every command.
pub(super) fn run(mut root: Command, output: &mut Output) -> Result<(), Failure> {
    root.build();
    let mut all = Vec::new();
    describe(&root, "", &mut all);
    output.page();
    let mut list = output.list();
    list.page(&all)?;
    list.finish()?;
    Ok(())
}

/// Adds a command and its subcommands; groups are omitted.
fn describe(command: &Command, path: &str, all: &mut Vec<CommandReference>) {
    let is_root = path.is_empty();
    if is_root || !command.has_subcommands() {
        let metadata = command.get::<CommandMetadata>();
        let codes: Vec<u8> = match metadata {
            Some(metadata) => metadata.exit_codes().collect(),
            None => exit::ALL.iter().map(|known| known.code).collect(),
        };
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        all.push(CommandReference {
            command: path.to_owned(),
            about: command.get_about().map(ToString::to_string).unwrap_or_default(),
            usage: command.clone().render_usage().to_string().trim_start_matches("Usage: ").to_owned(),
            arguments: command
                .get_arguments()
                .filter(|arg| is_documented(arg, is_root))
                .map(Argument::of)
                .collect(),
            examples: examples(&help),
            fields: metadata.map_or(&[], |metadata| metadata.fields),
            exit_codes: codes.into_iter().map(|code| (code, exit::meaning(code).text)).collect(),
        });
    }
    for below in command.get_subcommands() {
        describe(below, format!("{path} {}", below.get_name()).trim_start(), all);
    }
}

fn is_documented(arg: &Arg, is_root: bool) -> bool {
    // --help is the same for every command.
    (is_root || !arg.is_global_set() && arg.get_id() != "help") && !arg.is_hide_set()
}

/// Extracts the examples from a help text.
fn examples(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| !line.starts_with("Example")).skip(1);
    lines.take_while(|line| line.starts_with("  ")).map(|line| line.trim().to_owned()).collect()
}

impl Argument {
    fn of(arg: &Arg) -> Self {
        let name = arg.get_long().map(|long| format!("--{long}"));
        let takes = arg.get_action().takes_values();
        let value = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
        let default = arg.get_default_values().first();
        Self {
            name: name.unwrap_or_else(|| value.clone().unwrap_or_default()),
            short: arg.get_short(),
            help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
            value: value.filter(|_| takes),
            values: arg
                .get_possible_values()
                .iter()
                .filter(|_| takes)
                .map(|value| value.get_name().to_owned())
                .collect(),
            default: default.filter(|_| takes).map(|text| text.to_string_lossy().into_owned()),
            required: arg.is_required_set(),
            repeatable: matches!(arg.get_action(), clap::ArgAction::Append),
        }
    }
}

impl Row for CommandReference {
    const FIELDS: &'static [&'static str] =
        &["command", "about", "usage", "arguments", "examples", "fields", "exit_codes.*"];
    const COLUMNS: &'static [Column] = &[Column::fixed("COMMAND"), Column::text("ABOUT")];

    fn id(&self) -> String {
        self.command.clone()
    }

    fn cells(&self, _: bool) -> Vec<String> {
        vec![format!("vitae {}", self.command).trim_end().to_owned(), self.about.clone()]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![("command", self.id()), ("about", self.about.clone())]
    }
}
