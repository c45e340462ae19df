//! The reference of `vitae` in docs/configuration.md, generated from the command tree.

use std::fmt::Write as _;

use serde_json::Value;

use crate::cli::Cli;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
const BEGIN: &str = "<!-- generated: vitae -->\n";
const END: &str = "<!-- end -->";

/// Returns a text as one cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn row(argument: &Value) -> String {
    let text = |name: &str| argument[name].as_str().unwrap_or_default();
    let values: Vec<&str> =
        argument["values"].as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect();
    let value = if values.is_empty() { text("value").to_owned() } else { values.join("|") };
    let mut name = text("name").to_owned();
    if name.starts_with("--") {
        if !text("short").is_empty() {
            name = format!("-{}, {name}", text("short"));
        }
        if !value.is_empty() {
            name = format!("{name} {value}");
        }
    }
    let default = match text("default") {
        "" => String::new(),
        default => format!("`{default}`"),
    };
    format!("| `{}` | {default} | {} |\n", cell(&name), cell(text("help")))
}

fn reference() -> String {
    let docs = Cli::new("http://127.0.0.1:1").run(&["docs", "--format", "json"]).ends(0).json();
    let mut text = String::new();
    for command in docs.as_array().unwrap() {
        let (name, about) = (command["command"].as_str().unwrap(), command["about"].as_str().unwrap());
        let title = if name.is_empty() { "Every command".to_owned() } else { format!("`vitae {name}`") };
        let about = if name.is_empty() { "Global options." } else { &format!("{about}.") };
        let _ = write!(text, "\n### {title}\n\n{about}\n");
        let rows: String = command["arguments"].as_array().unwrap().iter().map(row).collect();
        if !rows.is_empty() {
            let _ = write!(text, "\n| Argument | Default | |\n| --- | --- | --- |\n{rows}");
        }
    }
    text.trim_start().to_owned()
}

#[test]
fn configuration_reference_lists_every_argument_of_vitae() {
    let document = std::fs::read_to_string(DOCUMENT).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}{}{END}{after}", reference());
    if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
        std::fs::write(DOCUMENT, expected).unwrap();
    } else {
        assert!(
            expected == document,
            "docs/configuration.md differs: INSTA_UPDATE=always cargo test -p vitae-cli configuration_reference"
        );
    }
}
