//! A console with sample data, without a server.

use serde_json::{Value, json};
use vitae_sdk::{Page, UserId};

use super::drive::model;
use crate::app::effect::Effect;
use crate::app::location::Location;
use crate::app::message::{Link, Message};
use crate::app::model::Model;
use crate::app::update::{start, update};
use crate::client::collection::Collection;
use crate::client::request::{Change, Request, Response};
use crate::client::row::Row;

/// The texts of stored fields, used in turn.
pub(super) struct Sample {
    pub(super) names: &'static [&'static str],
    pub(super) emails: &'static [&'static str],
    pub(super) titles: &'static [&'static str],
    /// Tags, reasons, clients, addresses, values.
    pub(super) words: &'static [&'static str],
    /// The texts of a resume.
    pub(super) lines: &'static [&'static str],
}

impl Sample {
    /// Creates a sample with one text in every field.
    pub(super) const fn of(texts: &'static [&'static str]) -> Self {
        Self { names: texts, emails: texts, titles: texts, words: texts, lines: texts }
    }

    pub(super) fn user(&self, at: usize) -> Value {
        const ROLES: &[&str] = &["admin", "editor", "member", "viewer", "member", "member"];
        json!({
            "id": id(at), "email": turn(self.emails, at), "name": turn(self.names, at), "role": turn(ROLES, at),
            "status": if at == 4 { "disabled" } else { "active" }, "version": 1,
            "created_at": time(at), "updated_at": time(at), "deleted_at": null,
        })
    }

    fn summary(&self, at: usize) -> Value {
        json!({
            "id": id(100 + at), "title": turn(self.titles, at), "owner": {"id": id(at), "name": turn(self.names, at)},
            "tags": [turn(self.words, at)], "revision": 3, "updated_at": time(at), "deleted_at": null,
        })
    }

    fn document(&self, at: usize) -> Value {
        json!({
            "basics": {"name": turn(self.names, at), "label": turn(self.lines, 0), "summary": turn(self.lines, 1)},
            "work": [{"name": turn(self.lines, 2), "position": turn(self.lines, 0), "startDate": "2019",
                "highlights": [turn(self.lines, 1)]}],
            "skills": [{"name": turn(self.lines, 2), "keywords": [turn(self.words, 0), turn(self.words, 1)]}],
        })
    }

    fn resume(&self, at: usize) -> Value {
        let mut resume = self.summary(at);
        resume["created_at"] = time(at);
        resume["document"] = self.document(at);
        resume
    }

    fn revision(&self, at: usize) -> Value {
        json!({
            "revision": 3 - at.min(2), "kind": if at == 2 { "created" } else { "updated" },
            "author": {"id": id(at), "name": turn(self.names, at)}, "at": time(at),
            "reason": turn(self.words, at), "title": turn(self.titles, at), "tags": [turn(self.words, at)],
            "document": self.document(at),
        })
    }

    fn session(&self, at: usize) -> Value {
        json!({
            "id": id(200 + at), "created_at": time(at), "last_used_at": time(at), "expires_at": time(at),
            "client": turn(self.words, at), "address": turn(self.words, at + 1), "current": at == 0,
        })
    }

    fn entry(&self, at: usize) -> Value {
        const ACTIONS: &[&str] = &["users.user.updated", "resumes.resume.created", "auth.session.created"];
        json!({
            "sequence": 9 - at, "event_id": id(300 + at), "at": time(at), "action": turn(ACTIONS, at),
            "actor": {"kind": "user", "id": id(at), "session_id": null},
            "object": {"type": turn(&["user", "resume", "session"], at), "id": id(at), "version": 2},
            "request_id": turn(self.words, at + 3), "client_address": turn(self.words, at + 2),
            "user_agent": turn(self.words, at + 1),
            "changes": [{"field": "name", "before": turn(self.names, at + 1), "after": turn(self.names, at)}],
        })
    }

    fn row(&self, collection: &Collection, at: usize) -> Row {
        match collection {
            Collection::Users { .. } => Row::User(Box::new(read(&self.user(at)))),
            Collection::Resumes { .. } => Row::Resume(Box::new(read(&self.summary(at)))),
            Collection::Revisions(_) => Row::Revision(Box::new(read(&self.revision(at)))),
            Collection::Sessions(_) => Row::Session(Box::new(read(&self.session(at)))),
            Collection::Audit { .. } => Row::Entry(Box::new(read(&self.entry(at)))),
        }
    }

    /// The figures of an organisation whose tags and titles are the texts.
    pub(super) fn stats(&self) -> Value {
        let tags = (0..3).map(|at| json!({ "tag": turn(self.words, at), "count": 900 / (at + 1) }));
        let months = (1..=24).map(|month| {
            let (year, of_year) = (2024 + (month + 10) / 12, (month + 10) % 12 + 1);
            json!({ "month": format!("{year}-{of_year:02}"), "created": month * 3, "updated": month * 4 })
        });
        json!({
            "version": "1.2.3",
            "users": {
                "live": 1234, "deleted": 5, "storage_bytes": 1_048_576,
                "by_role": [
                    { "role": "admin", "count": 3 }, { "role": "editor", "count": 31 },
                    { "role": "viewer", "count": 0 }, { "role": "member", "count": 1200 },
                ],
                "by_status": [{ "status": "active", "count": 1230 }, { "status": "disabled", "count": 4 }],
            },
            "resumes": {
                "live": 2500, "deleted": 7, "storage_bytes": 52_428_800, "other_tags": 2,
                "by_tag": tags.collect::<Vec<_>>(), "by_month": months.collect::<Vec<_>>(),
                "created_earlier": 1600, "updated_earlier": 1300,
                "stalest": (0..6).map(|at| self.summary(at)).collect::<Vec<_>>(),
            },
        })
    }

    fn response(&self, request: &Request) -> Option<Response> {
        let count = match request {
            Request::Page(page) if matches!(page.collection, Collection::Revisions(_)) => 3,
            _ => 6,
        };
        Some(match request {
            Request::Me => Response::Me(Box::new(read(&self.user(0)))),
            Request::Page(page) => Response::Page(Page {
                items: (0..count).map(|at| self.row(&page.collection, at)).collect(),
                next_cursor: None,
                prev_cursor: None,
                total: Some(count as u64),
            }),
            Request::User(who) => {
                let at = (0..6).find(|at| user_id(*at) == *who).unwrap_or(0);
                Response::User(Box::new(read(&self.user(at))))
            }
            Request::Stats => Response::Stats(Box::new(read(&self.stats()))),
            Request::Resume(_) => Response::Resume(Box::new(read(&self.resume(0)))),
            Request::Change { .. } => Response::Change(Box::new(Change {
                before: Some(read(&self.revision(1))),
                after: read(&self.revision(0)),
            })),
            _ => return None,
        })
    }

    /// Opens a console at a location and responds to all its requests.
    pub(super) fn open(&self, size: (u16, u16), place: &str) -> Model {
        let mut model = model(size.0, size.1);
        model.session.server = "https://vitae.example.com".to_owned();
        let effects = start(&mut model, true, "", Some(Location::parse(place).unwrap()));
        update(&mut model, Message::Link(Link::Up));
        self.serve(&mut model, effects);
        model
    }

    /// Responds to requests and their follow-up requests.
    pub(super) fn serve(&self, model: &mut Model, mut effects: Vec<Effect>) {
        while let Some(effect) = effects.pop() {
            let Effect::Send(ticket, request) = effect else { continue };
            if let Some(response) = self.response(&request) {
                effects.extend(update(model, Message::Response(ticket, Ok(response))));
            }
        }
    }

    /// Presses keys and responds to their requests.
    pub(super) fn press(&self, model: &mut Model, keys: &str) {
        for key in keys.split_whitespace() {
            let effects = super::drive::press(model, key);
            self.serve(model, effects);
        }
    }
}

/// Returns the next text.
fn turn<'a>(texts: &[&'a str], at: usize) -> &'a str {
    texts[at % texts.len()]
}

fn id(at: usize) -> String {
    UserId::from_bytes(u128::try_from(at).unwrap().to_be_bytes()).to_string()
}

fn user_id(at: usize) -> UserId {
    id(at).parse().unwrap()
}

/// Returns a time `at` hours ago.
fn time(at: usize) -> Value {
    json!(format!("2026-11-22T{:02}:30:00.000Z", 9 - at.min(9)))
}

/// Parses a value through its text, because documents keep their text.
fn read<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_str(&value.to_string()).unwrap()
}
