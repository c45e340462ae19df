//! Every message on every screen with every overlay.

use vitae_sdk::Role;

use super::drive::{draw, model, screen};
use super::fuzz::{Random, live_update, response, user};
use crate::app::action::ACTIONS;
use crate::app::effect::Effect;
use crate::app::message::{Edited, Link, Message, MouseAction};
use crate::app::model::Model;
use crate::app::update::{start, update};
use crate::client::error::ConsoleError;
use crate::client::request::{Request, Response};
use crate::client::ticket::Tickets;
use crate::widgets::hit_test::Target;

/// One location for each kind of screen.
const PLACES: &[&str] = &[
    "users",
    "resumes",
    "audit",
    "trash users",
    "trash resumes",
    "revisions 00000000-0000-0000-0000-000000000000",
    "user 00000000-0000-0000-0000-000000000007",
    "resume 00000000-0000-0000-0000-000000000007",
    "change 00000000-0000-0000-0000-000000000007 1 2",
    "sessions",
    "health",
    "organisation",
    "log",
];

/// Keys that open an overlay.
const OVER: &[&str] =
    &["", "?", "ctrl-p", ":", "c", "/", "L", "d", "e", "n", "P", "E", "w", "v", "space", "n ctrl-s", "u"];

const SIZES: &[(u16, u16)] = &[(120, 40), (80, 24), (40, 10), (1, 1), (0, 0)];

/// Responds until there are no more requests.
fn answer_all(model: &mut Model, random: &mut Random, mut effects: Vec<Effect>) {
    for _ in 0..50 {
        let mut next = Vec::new();
        for effect in effects {
            let message = match effect {
                Effect::Send(ticket, Request::Me) => {
                    let mut me = user(random);
                    (me.role, me.deleted_at) = (Role::Admin, None);
                    Message::Response(ticket, Ok(Response::Me(Box::new(me))))
                }
                Effect::Send(ticket, request) => Message::Response(ticket, response(random, &request)),
                Effect::Edit { ticket, text, .. } => {
                    Message::Edited(ticket, Edited { text: Some(text), error: None })
                }
                _ => continue,
            };
            next.extend(update(model, message));
        }
        if next.is_empty() {
            return;
        }
        effects = next;
    }
}

/// Creates a model at a location, with responses and an overlay.
fn at(place: &str, over: &str, size: (u16, u16), random: &mut Random) -> Model {
    let mut model = model(size.0, size.1);
    model.session.me = None;
    let place = crate::app::location::Location::parse(place).unwrap();
    let effects = start(&mut model, true, "", Some(place));
    answer_all(&mut model, random, effects);
    update(&mut model, Message::Link(Link::Up));
    for key in over.split_whitespace() {
        let effects = update(&mut model, Message::Key(key.parse().unwrap()));
        answer_all(&mut model, random, effects);
    }
    model
}

/// One message of every kind.
fn messages(random: &mut Random) -> Vec<Message> {
    let stale = Tickets::default().next();
    let keys = ACTIONS.iter().flat_map(|entry| entry.keys).copied();
    let more =
        ["a", "é", "名", "backspace", "left", "right", "ctrl-s", "ctrl-o", "ctrl-y", "ctrl-u", "y", "n"];
    let mut all: Vec<Message> = keys.chain(more).map(|key| Message::Key(key.parse().unwrap())).collect();
    all.push(Message::Paste("pasted\r\n\u{1b}[2J名".to_owned()));
    all.push(Message::Paste("vitae://users?role=admin".to_owned()));
    for action in [MouseAction::Press, MouseAction::Drag, MouseAction::ScrollUp, MouseAction::ScrollDown] {
        for target in [
            Target::Row(0),
            Target::Indicator(5),
            Target::Choice(2),
            Target::Tab(3),
            Target::ScrollBar(500),
            Target::TextViewer,
        ] {
            all.push(Message::Mouse(action, Some(target)));
        }
        all.push(Message::Mouse(action, None));
    }
    all.extend([(0, 0), (1, 1), (40, 10), (250, 80)].map(|(width, height)| Message::Resize(width, height)));
    all.push(Message::Response(stale, Ok(Response::Count(7))));
    all.push(Message::Response(stale, Err(ConsoleError::local("late", "nothing"))));
    all.push(Message::Woken(stale));
    all.push(Message::Edited(stale, Edited::default()));
    all.push(Message::StateLoaded(Box::default()));
    all.push(Message::StoreFailed("no space".to_owned()));
    all.extend([Link::Up, Link::Gap, Link::Down].map(Message::Link));
    all.push(Message::Link(Link::Ended(ConsoleError::local("over", "log in"))));
    all.extend((0..6).map(|_| Message::LiveUpdate(Box::new(live_update(random)))));
    all
}

#[test]
fn every_message_on_every_screen_can_be_drawn() {
    let mut random = Random(11);
    let mut turn = 0;
    for place in PLACES {
        for over in OVER {
            let before = at(place, over, (100, 30), &mut random);
            for message in messages(&mut random) {
                turn += 1;
                let size = SIZES[turn % SIZES.len()];
                let mut model = before.clone();
                update(&mut model, Message::Resize(size.0, size.1));
                let effects = update(&mut model, message.clone());
                answer_all(&mut model, &mut random, effects);
                let (buffer, drawn) = draw(&model);
                let acts = |cell: &ratatui::buffer::Cell| crate::terminal::text::acts(cell.symbol());
                assert!(!buffer.content().iter().any(acts), "{place:?} {over:?} {message:?}");
                if let Some(cursor) = drawn.cursor {
                    let (width, height) = model.appearance.size;
                    let is_inside = cursor.x < width.max(1) && cursor.y < height.max(1);
                    assert!(is_inside, "{place:?} {over:?} {message:?}: {cursor:?} of {width}x{height}");
                }
            }
        }
    }
}

#[test]
fn unexpected_response_changes_nothing() {
    let mut random = Random(13);
    for place in PLACES {
        for over in OVER {
            let mut model = at(place, over, (100, 30), &mut random);
            let before = screen(&model);
            let stale = Tickets::default().next();
            for message in [
                Message::Response(stale, Ok(Response::Count(7))),
                Message::Response(stale, Err(ConsoleError::local("late", "nothing"))),
                Message::Woken(stale),
                Message::Edited(stale, Edited { text: Some("{}".to_owned()), error: None }),
            ] {
                let effects = update(&mut model, message);
                assert!(effects.is_empty(), "{place:?} {over:?}: {effects:?}");
            }
            // The log screen shows what was logged.
            if place != &"log" {
                assert_eq!(screen(&model), before, "{place:?} {over:?}");
            }
            let last = model.notices.log.back().expect("an unexpected response is logged");
            assert!(last.text.contains("was not expected"), "{last:?}");
        }
    }
}
