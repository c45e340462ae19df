//! The reference of `vitaed` in docs/configuration.md, generated from the arguments.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};

use crate::arguments::Arguments;

const BEGIN: &str = "<!-- generated: vitaed -->\n";
const END: &str = "<!-- end -->";

/// Returns a text as one cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn row(arg: &Arg) -> String {
    let value = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let name = match (arg.get_long(), value.filter(|_| arg.get_action().takes_values())) {
        (Some(long), Some(value)) => format!("--{long} {value}"),
        (Some(long), None) => format!("--{long}"),
        (None, value) => value.unwrap_or_default(),
    };
    let default = arg.get_default_values().first().filter(|_| arg.get_action().takes_values());
    let default = default.map(|value| format!("`{}`", value.to_string_lossy()));
    let variable = arg.get_env().map(|name| format!(" (`{}`)", name.to_string_lossy()));
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    format!(
        "| `{}` | {} | {}{} |\n",
        cell(&name),
        default.unwrap_or_default(),
        cell(&help),
        variable.unwrap_or_default()
    )
}

fn rows(command: &Command) -> String {
    command.get_arguments().filter(|arg| arg.get_id() != "help" && !arg.is_hide_set()).map(row).collect()
}

fn reference() -> String {
    let mut root = Arguments::command();
    root.build();
    let mut text = String::new();
    let mut before = (String::new(), "");
    for command in root.get_subcommands().filter(|command| command.get_name() != "help") {
        let (name, about) =
            (command.get_name(), command.get_about().map(ToString::to_string).unwrap_or_default());
        let rows = rows(command);
        let _ = write!(text, "\n### `vitaed {name}`\n\n{about}.");
        if rows == before.0 {
            let _ = writeln!(text, " The flags are those of `vitaed {}`.", before.1);
        } else {
            let _ = write!(text, "\n\n| Argument | Default | |\n| --- | --- | --- |\n{rows}");
            before = (rows, name);
        }
    }
    text.trim_start().to_owned()
}

#[test]
fn configuration_reference_lists_every_argument_of_vitaed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}{}{END}{after}", reference());
    if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
        std::fs::write(path, expected).unwrap();
    } else {
        assert!(
            expected == document,
            "docs/configuration.md differs: INSTA_UPDATE=always cargo test -p vitae-server reference"
        );
    }
}
