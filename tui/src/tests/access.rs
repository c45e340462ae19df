//! Availability of actions by screen and role, and their keys.

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
fn every_action_has_a_key_and_a_hint_and_is_found_in_the_palette() {
    for entry in ACTIONS {
        let picker = Picker { typed: crate::widgets::text_input::TextInput::new(entry.words), chosen: 0 };
        assert_eq!(picker.actions(|_| true).first(), Some(&entry.action), "{}", entry.words);
        assert!(!entry.hint.is_empty() && !entry.keys.is_empty(), "{}", entry.name);
    }
}

#[test]
fn every_screen_has_an_equivalent_command() {
    for (keys, wanted) in [
        ("2", "vitae resumes list"),
        ("3", "vitae audit list"),
        ("4", "vitae users list --deleted only"),
        ("5", "vitae resumes list --deleted only"),
        ("6", "vitae api GET /v1/me/sessions"),
        ("7", "vitae api GET /metrics"),
        ("8", "vitae api GET /v1/stats"),
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
fn every_change_has_an_equivalent_command() {
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
fn denied_action_is_shown_with_the_missing_right() {
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
fn palette_runs_the_chosen_action() {
    let mut model = model(100, 30);
    press(&mut model, "ctrl-p");
    assert!(matches!(model.overlays.current, Some(Overlay::Palette(_))));
    press(&mut model, "r e c o r d enter");
    assert_eq!(model.screen().title(), "Audit");
    press(&mut model, "ctrl-p esc");
    assert!(model.overlays.current.is_none());
}

#[test]
fn unfinished_destination_opens_the_highlighted_completion() {
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
fn own_sessions_as_start_screen_open_after_the_account_is_loaded() {
    let sample = Sample::of(&["Ada", "Grace"]);
    let model = sample.open((100, 30), "sessions");
    assert_eq!(model.screen().location().to_string(), "vitae://sessions");
    assert!(screen(&model).contains("CLIENT") && model.notices.current.is_none(), "{}", screen(&model));
}

#[test]
fn control_c_quits_on_every_screen_and_overlay() {
    for keys in ["", "/", ":", "ctrl-p", "?", "c", "L"] {
        let mut model = model(100, 30);
        press(&mut model, keys);
        let effects = press(&mut model, "ctrl-c");
        assert!(matches!(effects.first(), Some(Effect::Quit)), "{keys}: {effects:?}");
    }
}

#[test]
fn without_a_login_only_the_login_dialog_is_shown() {
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
