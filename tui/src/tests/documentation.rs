//! Generated parts of the manual: screens, speech and keys.

use std::fmt::Write as _;
use std::path::Path;

use super::drive::{model, screen};
use super::sample::Sample;
use crate::app::action::{ACTIONS, Group};
use crate::app::announce::announce;
use crate::app::message::{Link, Message};
use crate::app::model::Model;
use crate::app::update::update;
use crate::screen_reader::Speaker;

const SAMPLE: Sample = Sample {
    names: &["Ada Lovelace", "Grace Hopper", "山田 花子", "Ελένη Παπαδοπούλου", "Jürgen Weiß", "José Núñez"],
    emails: &[
        "ada@example.com",
        "grace@example.com",
        "hanako@example.org",
        "eleni@example.org",
        "juergen@example.net",
        "jose@example.com",
    ],
    titles: &[
        "Analytical Engines",
        "Compilers",
        "ソフトウェアエンジニア",
        "Καθηγήτρια μαθηματικών",
        "Brückenbau",
        "Diseño de redes",
    ],
    words: &["engines", "vitae/0.1.0", "203.0.113.7", "01a2154f-88d4-7700-92d5-cef1aeea0b65"],
    lines: &[
        "Analyst",
        "Wrote the first program for a machine that was never built.",
        "The Analytical Engine",
    ],
};

fn filled() -> Model {
    SAMPLE.open((80, 14), "users")
}

/// Returns a list of people on a terminal of 80 columns, two of them marked.
fn people() -> String {
    let mut model = filled();
    SAMPLE.press(&mut model, "j space space");
    screen(&model)
}

/// Returns the same for a screen reader.
fn speech() -> String {
    let mut model = filled();
    let mut speaker = Speaker::default();
    let mut said = speaker.changes(announce(&model));
    for keys in ["j", "space", "d", "n"] {
        SAMPLE.press(&mut model, keys);
        said.extend(speaker.changes(announce(&model)));
    }
    said.join("\n")
}

fn at(size: (u16, u16), place: &str, keys: &str) -> String {
    let mut model = SAMPLE.open(size, place);
    SAMPLE.press(&mut model, keys);
    screen(&model)
}

/// Returns the health screen after a few minutes.
fn health() -> String {
    let mut model = model(80, 20);
    model.session.server = "https://vitae.example.com".to_owned();
    model.session.me = serde_json::from_value(SAMPLE.user(0)).unwrap();
    update(&mut model, Message::Link(Link::Up));
    super::health::watched(&mut model, 40);
    screen(&model)
}

fn keys() -> String {
    let mut table = String::new();
    for (group, words) in Group::ALL {
        let _ = writeln!(table, "| {words} | | |\n| --- | --- | --- |");
        for entry in ACTIONS.iter().filter(|entry| entry.group == *group) {
            let keys: Vec<_> = entry.keys.iter().map(|key| format!("`{key}`")).collect();
            let _ = writeln!(table, "| {} | `{}` | {} |", keys.join(" "), entry.name, entry.words);
        }
        table.push('\n');
    }
    table.trim_end().to_owned()
}

/// Replaces a generated part of a text.
fn with(text: &str, name: &str, generated: &str) -> String {
    let begin = format!("<!-- generated: {name} -->\n");
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("there is no part {name}"));
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    format!("{before}{begin}{generated}\n<!-- end -->{after}")
}

#[test]
fn manual_matches_the_console() {
    let text = |text: String| format!("```text\n{text}\n```");
    let resumes = text(at((110, 17), "resumes", ""));
    let generated = [
        ("../docs/console.md", "screen", text(people())),
        ("../docs/console.md", "resumes", resumes.clone()),
        ("../docs/console.md", "audit", text(at((110, 24), "audit", ""))),
        ("../docs/console.md", "help", text(at((84, 24), "users", "?"))),
        ("../docs/console.md", "speech", text(speech())),
        ("../docs/console.md", "health", text(health())),
        ("../docs/console.md", "keys", keys()),
        ("../README.md", "console", resumes),
    ];
    for (file, name, generated) in generated {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let manual = std::fs::read_to_string(&path).unwrap();
        let wanted = with(&manual, name, &generated);
        if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
            std::fs::write(&path, &wanted).unwrap();
        } else {
            assert!(
                wanted == manual,
                "{name} in {file}: INSTA_UPDATE=always cargo test -p vitae-tui documentation"
            );
        }
    }
}
