//! Random keys, sizes, pastes, clicks, responses and events: nothing panics, and nothing is drawn outside its area.

use vitae_sdk::{
    Entry, EventId, Owner, Page, ResumeId, ResumeSummary, RevisionHead, Role, Session, SessionId, Status,
    Timestamp, User, UserId,
};

use super::drive::{draw, model};
use crate::app::action::ACTIONS;
use crate::app::announce::announce;
use crate::app::effect::Effect;
use crate::app::message::{About, Edited, Link, LiveUpdate, Message, MouseAction};
use crate::app::model::Model;
use crate::app::update::{start, update};
use crate::client::collection::Collection;
use crate::client::error::{ConsoleError, Kind};
use crate::client::metrics::Metrics;
use crate::client::request::{Request, Response, Save};
use crate::client::row::Row;
use crate::client::ticket::Ticket;

/// The number of steps, unless set by `VITAE_FUZZ_STEPS`.
const STEPS: u64 = 30_000;
/// Keys that are not assigned to actions.
const KEYS: &[&str] =
    &["a", "é", "名", "1", "-", "=", "@", "enter", "esc", "backspace", "delete", "left", "right"];

/// `SplitMix64`: the same numbers on every machine.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn small(&mut self, bound: u16) -> u16 {
        u16::try_from(self.below(u64::from(bound))).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    fn text(&mut self) -> String {
        const PIECES: &[&str] =
            &["Ada", " ", "名前", "\u{1b}[2J", "e\u{301}", "👩🏽‍🚀", "\u{202e}", "أحمد", "\r\n", "vitae://"];
        (0..self.below(6)).map(|_| *self.pick(PIECES)).collect()
    }
}

pub(super) fn user(random: &mut Random) -> User {
    let at = Timestamp::from_millis(i64::try_from(random.below(1 << 40)).unwrap());
    User {
        id: UserId::from_bytes(u128::from(random.below(50)).to_be_bytes()),
        email: random.text().into(),
        name: random.text().into(),
        role: random.pick(Role::KNOWN).clone(),
        status: random.pick(Status::KNOWN).clone(),
        version: random.below(5),
        created_at: at,
        updated_at: at,
        deleted_at: (random.below(5) == 0).then_some(at),
        external_id: (random.below(2) == 0).then(|| random.text().into()),
        labels: (0..random.below(3)).map(|_| (random.text().into(), random.text().into())).collect(),
    }
}

pub(super) fn summary(random: &mut Random) -> ResumeSummary {
    let at = Timestamp::from_millis(0);
    ResumeSummary {
        id: ResumeId::from_bytes(u128::from(random.below(50)).to_be_bytes()),
        title: random.text().into(),
        owner: Owner { id: UserId::from_bytes([1; 16]), name: Some(random.text().into()) },
        tags: vec![random.text().into()],
        revision: random.below(5),
        updated_at: at,
        deleted_at: (random.below(5) == 0).then_some(at),
    }
}

fn stats(random: &mut Random) -> vitae_sdk::Stats {
    let tags =
        (0..random.below(20)).map(|_| serde_json::json!({ "tag": random.text(), "count": random.next() }));
    let tags: Vec<_> = tags.collect();
    let stalest: Vec<_> = (0..random.below(11)).map(|_| summary(random)).collect();
    let value = serde_json::json!({
        "version": random.text(),
        "users": {
            "live": random.next(), "deleted": random.next(), "storage_bytes": random.next(),
            "by_role": [{ "role": random.text(), "count": random.next() }], "by_status": [],
        },
        "resumes": {
            "live": random.next(), "deleted": random.next(), "storage_bytes": random.next(),
            "by_tag": tags, "other_tags": 0, "created_earlier": random.next(), "updated_earlier": 0,
            "by_month": [{ "month": random.text(), "created": random.next(), "updated": 0 }],
            "stalest": stalest,
        },
    });
    serde_json::from_value(value).unwrap()
}

fn resume(random: &mut Random) -> vitae_sdk::Resume {
    const DOCUMENTS: &[&str] = &[
        "{}",
        r#"{"basics":{"name":"\u001b[2J","summary":"名前 名前"},"work":[{"name":1},{"position":"x","highlights":["a\nb"]}]}"#,
        r#"{"skills":"none","x":[[[[{"y":null}]]]]}"#,
    ];
    let head = serde_json::to_value(summary(random)).unwrap();
    let mut text = head.to_string();
    text.pop();
    let document = random.pick(DOCUMENTS);
    serde_json::from_str(&format!(
        r#"{text},"created_at":"1970-01-01T00:00:00.000Z","document":{document}}}"#
    ))
    .unwrap()
}

fn revision_of(random: &mut Random, number: u64) -> vitae_sdk::Revision {
    let resume = serde_json::to_value(resume(random)).unwrap();
    let text = serde_json::json!({
        "revision": number,
        "kind": "updated",
        "author": null,
        "at": "1970-01-01T00:00:00.000Z",
        "reason": null,
        "title": resume["title"],
        "tags": resume["tags"],
    });
    let mut text = text.to_string();
    text.pop();
    serde_json::from_str(&format!(r#"{text},"document":{}}}"#, resume["document"])).unwrap()
}

fn revision_head(random: &mut Random) -> RevisionHead {
    let number = 1 + random.below(9);
    let title = random.text();
    serde_json::from_value(serde_json::json!({
        "revision": number,
        "kind": *random.pick(&["created", "updated", "deleted", "restored", "\u{1b}[2J"]),
        "author": { "id": UserId::from_bytes([1; 16]), "name": random.text() },
        "at": "1970-01-01T00:00:00.000Z",
        "reason": random.text(),
        "title": title,
        "tags": [random.text()],
    }))
    .unwrap()
}

fn entry(random: &mut Random) -> Entry {
    let kind = *random.pick(&["user", "resume", "session", "credential", "\u{1b}[2J"]);
    let actor = (random.below(3) > 0).then(|| UserId::from_bytes([1; 16]));
    serde_json::from_value(serde_json::json!({
        "sequence": random.below(1000),
        "event_id": EventId::from_bytes([3; 16]),
        "at": "1970-01-01T00:00:00.000Z",
        "action": random.text(),
        "actor": { "kind": random.text(), "id": actor, "session_id": null },
        "object": { "type": kind, "id": UserId::from_bytes([1; 16]), "version": random.below(9) },
        "request_id": random.text(),
        "client_address": random.text(),
        "user_agent": random.text(),
        "changes": [{ "field": random.text(), "before": random.text(), "after": null }],
    }))
    .unwrap()
}

fn row(random: &mut Random, collection: &Collection) -> Row {
    match collection {
        Collection::Users { .. } => Row::User(Box::new(user(random))),
        Collection::Resumes { .. } => Row::Resume(Box::new(summary(random))),
        Collection::Revisions(_) => Row::Revision(Box::new(revision_head(random))),
        Collection::Audit { .. } => Row::Entry(Box::new(entry(random))),
        Collection::Sessions(_) => {
            let at = Timestamp::from_millis(0);
            Row::Session(Box::new(Session {
                id: SessionId::new(),
                created_at: at,
                last_used_at: at,
                expires_at: at,
                client: random.text().into(),
                address: random.text().into(),
                current: false,
            }))
        }
    }
}

pub(super) fn response(random: &mut Random, request: &Request) -> Result<Response, ConsoleError> {
    const KINDS: &[Kind] = &[
        Kind::Offline,
        Kind::Unavailable,
        Kind::Slow,
        Kind::LoggedOut,
        Kind::Revoked,
        Kind::Forbidden,
        Kind::PasswordChangeRequired,
        Kind::Missing,
        Kind::MovedOn,
        Kind::LostPlace,
        Kind::Foreign,
        Kind::Refused,
    ];
    if random.below(10) == 0 {
        let error = ConsoleError::local(crate::terminal::text::escaped(&random.text()), "do something");
        return Err(ConsoleError { kind: *random.pick(KINDS), ..error });
    }
    Ok(match request {
        Request::Me => Response::Me(Box::new(user(random))),
        Request::Page(page) => {
            let many = *random.pick(&[0, 1, 30, 100, 100, 100]);
            Response::Page(Page {
                items: (0..many).map(|_| row(random, &page.collection)).collect(),
                next_cursor: (many == 100 && random.below(8) > 0).then(|| random.next().to_string()),
                prev_cursor: None,
                total: page.count.then(|| random.below(1_000_000)),
            })
        }
        Request::Count { .. } => Response::Count(random.below(1_000_000)),
        Request::User(_) => Response::User(Box::new(user(random))),
        Request::UserByEmail(email) => Response::Nobody(email.clone()),
        Request::Resume(_) => Response::Resume(Box::new(resume(random))),
        Request::Operation { .. } => Response::Done,
        Request::Before { revision, .. } => {
            Response::Before(Box::new((resume(random), revision_of(random, *revision))))
        }
        Request::Everything { collection, .. } => {
            let rows = (0..random.below(300)).map(|_| row(random, collection)).collect();
            Response::Everything(rows, random.below(2) == 0)
        }
        Request::Save(what) => match **what {
            Save::NewPerson { .. } | Save::Person { .. } => Response::User(Box::new(user(random))),
            Save::NewResume { .. } | Save::Resume { .. } => Response::Resume(Box::new(resume(random))),
            Save::Password { .. } | Save::OwnPassword { .. } => Response::Done,
        },
        Request::Metrics => {
            let at = Timestamp::from_millis(i64::try_from(random.below(1_000_000)).unwrap());
            Response::Metrics(Metrics::read(&scrape(random), at).map(Box::new))
        }
        Request::Stats => Response::Stats(Box::new(stats(random))),
        Request::Change { .. } => Response::Count(0),
    })
}

/// Creates a scrape of a server, or of another program.
fn scrape(random: &mut Random) -> String {
    (0..random.below(60)).map(|_| sample(random) + "\n").collect()
}

fn sample(random: &mut Random) -> String {
    let route = format!("method=\"GET\",route=\"{}\"", random.text().replace('"', "\\\""));
    let count = random.below(1000);
    match random.below(6) {
        0 => format!("vitae_service_up{{service=\"{}\"}} {}", random.text(), count % 2),
        1 => format!("vitae_stuck_feeds {}\nvitae_event_streams {count}", count % 3),
        2 => format!("vitae_logins_total{{outcome=\"{}\"}} {count}", random.pick(&["accepted", "refused"])),
        3 => {
            let status = random.pick(&["200", "404", "500", ""]);
            format!("vitae_http_requests_total{{{route},status=\"{status}\"}} {count}")
        }
        4 => {
            let bound = random.pick(&["0.5", "1", "10", "+Inf", "NaN", "-1"]);
            format!("vitae_http_request_duration_seconds_bucket{{{route},le=\"{bound}\"}} {count}")
        }
        _ => format!("process_start_time_seconds {}\n{}", count % 3, random.text()),
    }
}

pub(super) fn live_update(random: &mut Random) -> LiveUpdate {
    let verb = *random.pick(&["created", "updated", "deleted", "restored"]);
    match random.below(3) {
        0 => LiveUpdate { subject: format!("users.user.{verb}"), about: About::User(Box::new(user(random))) },
        1 => {
            let about = About::Resume(Box::new(summary(random)));
            LiveUpdate { subject: format!("resumes.resume.{verb}"), about }
        }
        _ => LiveUpdate { subject: "auth.session.created".to_owned(), about: About::Session },
    }
}

fn message(
    random: &mut Random,
    model: &Model,
    open: &mut Vec<(Ticket, Request)>,
    timers: &mut Vec<Ticket>,
) -> Message {
    match random.below(20) {
        14 if !timers.is_empty() => {
            Message::Woken(timers.swap_remove(usize::try_from(random.below(timers.len() as u64)).unwrap()))
        }
        0 => Message::Resize(random.small(200), random.small(60)),
        1 => Message::Paste(random.text()),
        2 | 3 => {
            let action = *random.pick(&[
                MouseAction::Press,
                MouseAction::Drag,
                MouseAction::ScrollUp,
                MouseAction::ScrollDown,
            ]);
            let (x, y) = (random.small(200), random.small(60));
            Message::Mouse(action, draw(model).1.hits.at(x, y))
        }
        4 => Message::LiveUpdate(Box::new(live_update(random))),
        5 => Message::Link(random.pick(&[Link::Up, Link::Down, Link::Gap]).clone()),
        6..=11 if !open.is_empty() => {
            let at = usize::try_from(random.below(open.len() as u64)).unwrap();
            let (ticket, request) = open.swap_remove(at);
            Message::Response(ticket, response(random, &request))
        }
        12 | 13 => Message::Key(random.pick(KEYS).parse().unwrap()),
        _ => {
            let entry = random.pick(ACTIONS);
            Message::Key(random.pick(entry.keys).parse().unwrap())
        }
    }
}

/// Checks that a message round-trips through a recording.
fn is_read_as_written(message: &Message) {
    let written = serde_json::to_string(message).unwrap();
    let read: Message = serde_json::from_str(&written).unwrap();
    assert_eq!(format!("{read:?}"), format!("{message:?}"));
}

#[test]
fn random_messages_do_not_panic() {
    let steps = std::env::var("VITAE_FUZZ_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(STEPS);
    let mut random = Random(7);
    let mut speaker = crate::screen_reader::Speaker::default();
    let mut model = model(120, 40);
    let mut open: Vec<(Ticket, Request)> = Vec::new();
    let mut timers: Vec<Ticket> = Vec::new();
    let mut effects = start(&mut model, true, "", None);
    for step in 0..steps {
        for effect in effects.drain(..) {
            match effect {
                Effect::Send(ticket, request) => open.push((ticket, request)),
                Effect::Cancel(ticket) => {
                    open.retain(|(known, _)| *known != ticket);
                    timers.retain(|known| *known != ticket);
                }
                Effect::Wake(ticket, _) => timers.push(ticket),
                Effect::LogIn(ticket, _) => {
                    let who = Response::LoggedIn(Box::new(user(&mut random)));
                    update(&mut model, Message::Response(ticket, Ok(who)));
                }
                Effect::Edit { ticket, text, .. } => {
                    let text = if random.below(3) == 0 { random.text() } else { text };
                    let error = (random.below(9) == 0).then(|| ConsoleError::local("broke", "again"));
                    let text = (random.below(9) > 0).then(|| text.replace("basics", "basic"));
                    update(&mut model, Message::Edited(ticket, Edited { text, error }));
                }
                _ => {}
            }
        }
        let next = message(&mut random, &model, &mut open, &mut timers);
        if step % 64 == 0 {
            is_read_as_written(&next);
        }
        effects = update(&mut model, next);
        if step % 16 == 0 {
            for line in speaker.changes(announce(&model)) {
                assert!(vitae_contracts_core::unprintable(&line).next().is_none(), "step {step}: {line:?}");
            }
            let (buffer, drawn) = draw(&model);
            let acts = |cell: &ratatui::buffer::Cell| crate::terminal::text::acts(cell.symbol());
            assert!(!buffer.content().iter().any(acts), "step {step}");
            if let Some(cursor) = drawn.cursor {
                assert!(
                    cursor.x < model.appearance.size.0.max(1) && cursor.y < model.appearance.size.1.max(1),
                    "step {step}: {cursor:?}"
                );
            }
        }
        assert!(model.navigation.back.len() <= 30 && open.len() < 200, "step {step}");
    }
}
