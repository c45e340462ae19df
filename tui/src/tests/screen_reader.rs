//! The text for screen readers.

use vitae_sdk::Role;
use vitae_server_testkit::{ADMIN, PASSWORD, Stack};

use super::drive::{Drive, model, press};
use super::server::{person, resume};
use crate::app::announce::announce;
use crate::screen_reader::Speaker;

/// Returns the new sentences, without parts that differ from run to run.
fn spoken(speaker: &mut Speaker, drive: &Drive) -> String {
    let said = speaker.changes(announce(&drive.model));
    let said = said.join("\n").replace(&drive.model.session.server.replace("http://", ""), "SERVER");
    let mut text = String::new();
    let mut rest = said.as_str();
    // Instants to the minute, or to the second.
    while let Some(at) = rest.find("20").filter(|at| rest[at + 4..].starts_with('-')) {
        text.push_str(&rest[..at]);
        text.push_str("TIME");
        rest = rest[at..].trim_start_matches(|c: char| c.is_ascii_digit() || "-: ".contains(c));
    }
    text + rest
}

#[tokio::test]
async fn list_says_its_title_and_the_row_under_the_cursor() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    person(&admin, "Ada Lovelace").await;
    person(&admin, "Grace Hopper").await;
    let mut drive = Drive::open(&stack, Some(admin.clone()), (120, 40), Some("users sort=name"));
    let mut speaker = Speaker::default();
    drive.sees("1 of 3").await;
    drive.goes_live().await;
    let ada = "Ada Lovelace, ada.lovelace@example.com, member, active, updated TIME";
    let administrator = "Administrator, admin@localhost, admin, active, updated TIME";
    let people = "People, by name, ascending\n3 people";
    for (keys, said) in [
        (
            "",
            "vitae, admin@localhost, admin, SERVER\n? shows help, ctrl-p finds an action\n\
             People, by name, ascending\n3 people\n1 of 3: ADA",
        ),
        ("j", "2 of 3: ADMINISTRATOR"),
        ("k space k", "1 of 3: marked, ADA\n1 marked"),
        (
            "d",
            "delete “Ada Lovelace”?\nAda Lovelace\nTheir resumes are deleted too, and their sessions end.\n\
             u undoes it.\ny yes, n no",
        ),
        ("n", "PEOPLE\n1 of 3: marked, ADA"),
        ("esc", "1 of 3: ADA"),
        ("y", "copied: vitae users list --sort name"),
        ("y", "copied: vitae users list --sort name"),
        ("e", "Edit “Ada Lovelace”\nName: Ada Lovelace\nctrl-s review and save, tab next field, esc cancel"),
        ("left", "e"),
        ("ctrl-u x", "Name: xe"),
        ("backspace delete", "Name: empty"),
        ("tab", "E-mail: ada.lovelace@example.com\nName: FAULT"),
        ("tab", "Role: member\nctrl-s review and save, space next role, esc cancel"),
        ("space", "Role: admin"),
        ("esc", "PEOPLE\n1 of 3: ADA\nnot saved, kept as a draft, w lists drafts"),
    ] {
        let heard = spoken(&mut speaker, drive.press(keys));
        let said = said.replace("PEOPLE", people).replace("ADMINISTRATOR", administrator).replace("ADA", ada);
        match said.split_once("FAULT") {
            Some((begin, _)) => assert!(heard.starts_with(begin), "{keys}: {heard}"),
            None => assert_eq!(heard, said, "{keys}"),
        }
    }
}

#[tokio::test]
async fn resume_is_read_line_by_line_and_escaped() {
    let stack = Stack::start().await;
    let admin = stack.client_as(Role::Admin).await;
    let title = "Analytical Engines";
    resume(&admin, None, title).await;
    let hostile = r#"{"basics":{"name":"\u001b[2J\u202e","summary":"one two three four five six seven"}}"#;
    let document = vitae_sdk::RawValue::from_string(hostile.to_owned()).unwrap();
    let page = admin.resumes().list().send().await.unwrap();
    let change = vitae_sdk::ReplaceResume::new(title, document);
    admin.resumes().replace(page.items[0].id, &change, vitae_sdk::IfMatch::Any).await.unwrap();
    let mut drive = Drive::open(&stack, Some(admin.clone()), (40, 10), Some("resumes"));
    let mut speaker = Speaker::default();
    drive.sees(title).await.press("enter").sees("revision 2").await;
    let heard = spoken(&mut speaker, &drive);
    assert!(heard.contains("Resume\nAnalytical Engines\nAdministrator, revision 2"), "{heard}");
    let mut lines = String::new();
    for _ in 0..10 {
        lines.push_str(&spoken(&mut speaker, drive.press("j")));
        lines.push('\n');
    }
    let whole = format!("{heard}\n{lines}");
    assert!(whole.contains("one two") && whole.contains("\\u{1b}[2J"), "{whole}");
    assert!(vitae_contracts_core::unprintable(&whole).all(|(_, c)| c == '\n'), "{whole:?}");
    assert_eq!(whole.matches("one two").count(), 1, "{whole}");
}

#[tokio::test]
async fn password_is_spoken_as_its_length() {
    let stack = Stack::start().await;
    let mut drive = Drive::open(&stack, None, (100, 30), None);
    let mut speaker = Speaker::default();
    let mut heard = spoken(&mut speaker, &drive);
    assert_eq!(
        heard,
        "vitae, SERVER\n? shows help, ctrl-p finds an action\nLog in\n\
         The password is sent to this server only.\nE-mail: empty\n\
         enter logs in, tab goes to the next field, esc browses without login\nnot logged in"
    );
    heard = spoken(&mut speaker, drive.types(ADMIN));
    assert_eq!(heard, ADMIN);
    heard = spoken(&mut speaker, drive.press("enter"));
    assert_eq!(heard, "Password: empty");
    let mut all = String::new();
    for letter in PASSWORD.chars() {
        all.push_str(&spoken(&mut speaker, drive.types(letter.encode_utf8(&mut [0; 4]))));
    }
    assert_eq!(all, "•".repeat(PASSWORD.chars().count()));
    heard = spoken(
        &mut speaker,
        drive.press("backspace").types("x").press("enter").sees("E-mail or password is wrong").await,
    );
    assert!(heard.contains("E-mail or password is wrong: ") && heard.contains("Password: empty"), "{heard}");
}

#[test]
fn every_screen_says_its_title() {
    for (keys, said) in [
        ("?", "Keys and actions. Any other key closes the help.\nGo to\n1 People of the organisation"),
        (":", "Go to\nType: empty\n1 of "),
        ("ctrl-p", "What do you want to do?\nType: empty\n1 of "),
        ("c", "Columns\nspace shows or hides, enter closes\n1 of 10: name, shown"),
        ("!", "Log, 0 messages"),
        ("2", "Resumes, by created, descending"),
        ("/", "Filter: empty"),
    ] {
        let mut model = model(80, 24);
        let mut speaker = Speaker::default();
        speaker.changes(announce(&model));
        press(&mut model, keys);
        let spoken = speaker.changes(announce(&model)).join("\n");
        assert!(spoken.starts_with(said), "{keys}: {spoken}");
        let is_drawn = |c: char| ('\u{2500}'..='\u{259f}').contains(&c);
        assert!(!spoken.contains(is_drawn), "{keys}: {spoken}");
    }
}
