//! The manual shows what the console shows, and names the keys that it has.

use std::fmt::Write as _;
use std::path::Path;

use vitae_sdk::{Role, Status, Timestamp, User, UserId};

use super::drive::{model, press, screen};
use crate::action::{ACTIONS, Group};
use crate::effect::Effect;
use crate::message::{Link, Message};
use crate::model::Model;
use crate::request::{Answer, Request};
use crate::row::Row;
use crate::speech::{Speaker, speak};
use crate::update::{start, update};

const PEOPLE: &[(&str, &str, Role)] = &[
    ("Ada Lovelace", "ada@example.com", Role::Admin),
    ("Grace Hopper", "grace@example.com", Role::Editor),
    ("山田 花子", "hanako@example.org", Role::Member),
    ("Ελένη Παπαδοπούλου", "eleni@example.org", Role::Viewer),
    ("Jürgen Weiß", "juergen@example.net", Role::Member),
    ("José Núñez", "jose@example.com", Role::Member),
];

fn user(at: usize) -> User {
    let (name, email, role) = PEOPLE[at].clone();
    let time = Timestamp::from_millis(1_795_339_800_000 - 3_600_000 * i64::try_from(at).unwrap());
    User {
        id: UserId::from_bytes([u8::try_from(at).unwrap(); 16]),
        email: email.into(),
        name: name.into(),
        role,
        status: if at == 4 { Status::Disabled } else { Status::Active },
        version: 1,
        created_at: time,
        updated_at: time,
        deleted_at: None,
    }
}

/// People on a terminal of 80 columns, two of them marked.
fn people() -> String {
    let mut model = filled();
    press(&mut model, "j space space");
    screen(&model)
}

/// The same, for whoever listens.
fn speech() -> String {
    let mut model = filled();
    let mut speaker = Speaker::default();
    let mut said = speaker.news(speak(&model));
    for keys in ["j", "space", "d", "n"] {
        press(&mut model, keys);
        said.extend(speaker.news(speak(&model)));
    }
    said.join("\n")
}

fn filled() -> Model {
    let mut model = model(80, 14);
    model.server = "https://vitae.example.com".to_owned();
    let effects = start(&mut model, true, "", None);
    update(&mut model, Message::Link(Link::Up));
    for effect in effects {
        let Effect::Ask(ticket, request) = effect else { continue };
        let answer = match request {
            Request::Me => Answer::Me(Box::new(user(0))),
            Request::Page(_) => Answer::Page(vitae_sdk::Page {
                items: (0..PEOPLE.len()).map(|at| Row::User(Box::new(user(at)))).collect(),
                next_cursor: None,
                prev_cursor: None,
                total: Some(6),
            }),
            _ => continue,
        };
        update(&mut model, Message::Answer(ticket, Ok(answer)));
    }
    model
}

/// How a server fares that was looked at for a few minutes.
fn pulses() -> String {
    let mut model = model(80, 20);
    model.server = "https://vitae.example.com".to_owned();
    model.me = Some(user(0));
    update(&mut model, Message::Link(Link::Up));
    super::pulses::watched(&mut model, 40);
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

#[test]
fn the_manual_is_what_the_console_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/console.md");
    let manual = std::fs::read_to_string(&path).unwrap();
    let mut wanted = manual.clone();
    let text = |text: String| format!("```text\n{text}\n```");
    for (name, text) in
        [("screen", text(people())), ("speech", text(speech())), ("pulses", text(pulses())), ("keys", keys())]
    {
        let begin = format!("<!-- generated: {name} -->\n");
        let (before, rest) = wanted.split_once(&begin).unwrap();
        let (_, after) = rest.split_once("<!-- end -->").unwrap();
        wanted = format!("{before}{begin}{text}\n<!-- end -->{after}");
    }
    if std::env::var("VITAE_GOLDEN").is_ok_and(|value| value == "update") {
        std::fs::write(&path, &wanted).unwrap();
        return;
    }
    assert!(wanted == manual, "VITAE_GOLDEN=update cargo test -p vitae-tui manual");
}
