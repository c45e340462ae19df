//! What may be done where, by whom, and by which key.

use std::collections::BTreeMap;

use vitae_sdk::{Page, ResumeSummary, Role, Status, Timestamp, User, UserId};

use super::drive::{model, press, screen};
use super::sample::Sample;
use crate::app::access::{Access, access};
use crate::app::action::{ACTIONS, Action, Group};
use crate::app::command;
use crate::app::effect::Effect;
use crate::app::message::Message;
use crate::app::session::LinkState;
use crate::app::update::update;
use crate::client::request::{Request, Response};
use crate::client::row::Row;
use crate::overlays::{Overlay, Picker};

fn person(role: Role) -> User {
    User {
        id: UserId::new(),
        email: "ada@example.com".into(),
        name: "Ada".into(),
        role,
        status: Status::Active,
        version: 1,
        created_at: Timestamp::from_millis(0),
        updated_at: Timestamp::from_millis(0),
        deleted_at: None,
        external_id: None,
        labels: BTreeMap::new(),
    }
}

#[test]
fn every_action_is_found_by_its_words_and_has_a_key_and_a_hint() {
    for entry in ACTIONS {
        let picker = Picker { typed: crate::widgets::text_input::TextInput::new(entry.words), chosen: 0 };
        assert_eq!(picker.actions(|_| true).first(), Some(&entry.action), "{}", entry.words);
        assert!(!entry.hint.is_empty() && !entry.keys.is_empty(), "{}", entry.name);
    }
}

#[test]
fn every_place_has_a_command_that_shows_the_same() {
    for (keys, wanted) in [
        ("2", "vitae resumes list"),
        ("3", "vitae audit list"),
        ("4", "vitae users list --deleted only"),
        ("5", "vitae resumes list --deleted only"),
        ("6", "vitae api GET /v1/me/sessions"),
        ("7", "vitae api GET /metrics"),
        ("2 1", "vitae users list"),
    ] {
        let mut model = model(100, 30);
        model.session.me = Some(person(Role::Admin));
        press(&mut model, keys);
        let command = model.screen().command(model.session.my_id());
        assert_eq!(command.as_deref(), Some(wanted), "{keys}");
        let effects = press(&mut model, "y");
        assert!(matches!(&effects[..], [Effect::Copy(text)] if text == wanted), "{keys}: {effects:?}");
    }
}

#[test]
fn every_action_that_changes_something_has_an_equal_command() {
    const EQUAL: &[(&str, &str, &str)] = &[
        ("1", "open", "vitae users get "),
        ("1", "new", "vitae users create"),
        ("1", "edit", "vitae users update "),
        ("1", "password", "vitae users set-password "),
        ("1", "delete", "vitae users delete "),
        ("1", "disable", "vitae users disable "),
        ("1", "end-session", "vitae api DELETE /v1/users/"),
        ("4", "restore", "vitae users restore "),
        ("2", "open", "vitae resumes get "),
        ("2", "owner", "vitae users get "),
        ("2", "revisions", "vitae resumes history "),
        ("2", "new", "vitae resumes create"),
        ("2", "edit-document", "vitae resumes edit "),
        ("2", "delete", "vitae resumes delete "),
    ];
    // What these do depends on what was done before; changes.rs and writing.rs drive them.
    const AFTER: &[&str] = &["undo", "redo", "retry", "drafts"];
    let mut random = super::fuzz::Random(3);
    for (key, name, wanted) in EQUAL {
        let mut model = model(100, 30);
        (model.session.me, model.session.link) = (Some(person(Role::Admin)), LinkState::Live);
        model.navigation.screen = Box::new(crate::screens::log::Log::default());
        for effect in press(&mut model, key) {
            let Effect::Send(ticket, request) = effect else { continue };
            let row = match *key {
                "2" => Row::Resume(Box::new(ResumeSummary {
                    deleted_at: None,
                    ..super::fuzz::summary(&mut random)
                })),
                key => {
                    let at = (key == "4").then(|| Timestamp::from_millis(7));
                    Row::User(Box::new(User { deleted_at: at, ..person(Role::Member) }))
                }
            };
            let (items, total) = (vec![row], Some(1));
            let page = Page { items, next_cursor: None, prev_cursor: None, total };
            assert!(matches!(request, Request::Page(_)), "{request:?}");
            update(&mut model, Message::Response(ticket, Ok(Response::Page(page))));
        }
        let entry = ACTIONS.iter().find(|entry| entry.name == *name).unwrap();
        let command = command::of_action(&model, entry.action);
        assert!(command.as_ref().is_some_and(|command| command.starts_with(wanted)), "{name}: {command:?}");
    }
    for entry in ACTIONS.iter().filter(|entry| entry.group == Group::Change) {
        let is_there = EQUAL.iter().any(|(_, name, _)| *name == entry.name) || AFTER.contains(&entry.name);
        assert!(is_there, "{} has no equal command in this test", entry.name);
    }
}

#[test]
fn what_the_role_does_not_allow_is_shown_with_the_right_that_is_missing() {
    for (role, audit, people) in [
        (Role::Admin, true, true),
        (Role::Editor, false, true),
        (Role::Viewer, false, true),
        (Role::Member, false, false),
    ] {
        let mut model = model(100, 30);
        model.session.me = Some(person(role));
        assert_eq!(access(&model, Action::Audit) == Access::Yes, audit);
        assert_eq!(access(&model, Action::People) == Access::Yes, people);
        press(&mut model, "3");
        assert_eq!(model.screen().title() == "Audit", audit);
        if !audit {
            assert!(screen(&model).contains("requires the role admin"), "{}", screen(&model));
            press(&mut model, "ctrl-p");
            assert!(screen(&model).contains("Audit record: who changed what (requires the role admin)"));
        }
    }
}

#[test]
fn the_palette_does_what_is_chosen() {
    let mut model = model(100, 30);
    press(&mut model, "ctrl-p");
    assert!(matches!(model.overlays.current, Some(Overlay::Palette(_))));
    press(&mut model, "r e c o r d enter");
    assert_eq!(model.screen().title(), "Audit");
    press(&mut model, "ctrl-p esc");
    assert!(model.overlays.current.is_none());
}

#[test]
fn the_beginning_of_a_word_leads_where_the_lit_line_does() {
    for (keys, title) in [
        (": a u enter", "Audit"),
        (": h e a enter", "Health"),
        (": down enter", "Resumes"),
        (": r e s enter", "Resumes"),
        (": a u d i t enter", "Audit"),
        // What wants more than the word says so, and stays to be mended.
        (": r e s u m e enter", "People"),
        (": z enter", "People"),
    ] {
        let mut model = model(100, 30);
        press(&mut model, keys);
        assert_eq!(model.screen().title(), title, "{keys}");
        assert_eq!(model.overlays.current.is_some(), title == "People", "{keys}");
    }
}

#[test]
fn a_console_that_begins_with_your_sessions_waits_to_know_who_you_are() {
    let sample = Sample::of(&["Ada", "Grace"]);
    let model = sample.open((100, 30), "sessions");
    assert_eq!(model.screen().location().to_string(), "vitae://sessions");
    assert!(screen(&model).contains("CLIENT") && model.notices.current.is_none(), "{}", screen(&model));
}

#[test]
fn control_c_leaves_from_everywhere() {
    for keys in ["", "/", ":", "ctrl-p", "?", "c", "L"] {
        let mut model = model(100, 30);
        press(&mut model, keys);
        let effects = press(&mut model, "ctrl-c");
        assert!(matches!(effects.first(), Some(Effect::Quit)), "{keys}: {effects:?}");
    }
}

#[test]
fn without_a_login_nothing_is_asked_and_a_login_is() {
    let mut model = model(100, 30);
    let effects = crate::app::update::start(&mut model, false, "", None);
    assert!(effects.is_empty(), "{effects:?}");
    assert_eq!(model.session.link, LinkState::Closed);
    assert!(screen(&model).contains("Log in"), "{}", screen(&model));
    // The server is known, so the e-mail comes next; a login without a password is not sent.
    assert!(press(&mut model, "a @ b enter enter").is_empty());
    assert!(screen(&model).contains("a login requires a password"), "{}", screen(&model));
    let effects = press(&mut model, "s e c r e t enter");
    assert!(matches!(&effects[..], [Effect::LogIn(..)]), "{effects:?}");
    assert!(!format!("{model:?}").contains("secret"));
}
