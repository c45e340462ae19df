//! Lists that are larger than their window.

use vitae_sdk::{Owner, Page, ResumeId, ResumeSummary, Timestamp, UserId};

use super::drive::{model, press, screen};
use crate::app::effect::Effect;
use crate::app::message::{Link, Message};
use crate::app::model::Model;
use crate::app::session::LinkState;
use crate::app::update::{start, update};
use crate::client::collection::Collection;
use crate::client::error::ConsoleError;
use crate::client::request::{PageRequest, Request, Response};
use crate::client::row::Row;
use crate::client::ticket::Ticket;
use crate::client::window::{PAGE, Way};

/// A server with a number of numbered resumes, which answers one request after the other.
struct Server {
    len: u64,
    asked: Vec<Request>,
    /// Requests that have no response yet.
    open: Vec<(Ticket, Request)>,
}

impl Server {
    fn new(len: u64) -> Self {
        Self { len, asked: Vec::new(), open: Vec::new() }
    }

    fn receive(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send(ticket, request) => {
                    if let Request::Page(_) = &request {
                        let pages = self.open.iter().filter(|(_, open)| matches!(open, Request::Page(_)));
                        assert_eq!(pages.count(), 0, "two pages are on their way at once");
                    }
                    self.asked.push(request.clone());
                    self.open.push((ticket, request));
                }
                Effect::Cancel(ticket) => self.open.retain(|(open, _)| *open != ticket),
                _ => {}
            }
        }
    }

    /// Responds until there are no more requests.
    fn respond_to_all(&mut self, model: &mut Model) {
        while !self.open.is_empty() {
            let (ticket, request) = self.open.remove(0);
            let response = self.response(&request);
            self.receive(update(model, Message::Response(ticket, response)));
        }
    }

    fn response(&self, request: &Request) -> Result<Response, ConsoleError> {
        match request {
            Request::Page(request) => Ok(Response::Page(self.page(request))),
            Request::Count { query, .. } => Ok(Response::Count(self.matching(query))),
            _ => Err(ConsoleError::local("not part of this test", "")),
        }
    }

    fn matching(&self, query: &str) -> u64 {
        if query.is_empty() { self.len } else { self.len / 10 }
    }

    /// Returns a page; in the default order the numbers ascend.
    fn page(&self, request: &PageRequest) -> Page<Row> {
        let len = self.matching(&request.query);
        let from: u64 = match &request.way {
            Way::First => 0,
            Way::Cursor(cursor) => cursor.parse().unwrap(),
            Way::Skip(rows) => *rows,
        };
        let to = (from + u64::from(PAGE)).min(len);
        let is_reversed = request.sort.as_deref().is_some_and(|sort| !sort.starts_with('-'));
        let number = |place: u64| if is_reversed { len - 1 - place } else { place };
        Page {
            items: (from..to).map(|place| row(number(place), &request.query)).collect(),
            next_cursor: (to < len).then(|| to.to_string()),
            prev_cursor: None,
            total: request.count.then_some(len),
        }
    }
}

fn row(number: u64, query: &str) -> Row {
    Row::Resume(Box::new(ResumeSummary {
        id: ResumeId::from_bytes(u128::from(number).to_be_bytes()),
        title: format!("resume {number} {query}").into(),
        owner: Owner { id: UserId::from_bytes([0; 16]), name: None },
        tags: Vec::new(),
        revision: 1,
        updated_at: Timestamp::from_millis(0),
        deleted_at: None,
    }))
}

fn open(len: u64) -> (Model, Server) {
    let mut server = Server::new(len);
    let mut model = model(80, 24);
    model.session.link = LinkState::Live;
    server.receive(press(&mut model, "2 p"));
    server.respond_to_all(&mut model);
    (model, server)
}

fn title(model: &Model) -> String {
    let row = model.screen().table().unwrap().current().unwrap();
    row.cell(crate::client::columns::Field::TITLE).trim_end().to_owned()
}

#[test]
fn first_page_and_each_end_of_a_long_list_need_one_request() {
    let (mut model, mut server) = open(1_000_000);
    assert!(matches!(server.asked[..], [Request::Page(_)]), "{:?}", server.asked);
    assert!(screen(&model).contains("Resumes 1,000,000"), "{}", screen(&model));
    // Nothing is read ahead of a cursor that has not moved.
    server.asked.clear();
    server.receive(press(&mut model, "j"));
    assert!(matches!(server.asked[..], [Request::Page(_)]), "{:?}", server.asked);
    server.respond_to_all(&mut model);
    server.asked.clear();
    let effects = press(&mut model, "G");
    assert_eq!(effects.len(), 1, "{effects:?}");
    server.receive(effects);
    let (ticket, request) = server.open.remove(0);
    let response = server.response(&request);
    server.receive(update(&mut model, Message::Response(ticket, response)));
    assert_eq!(title(&model), "resume 999999");
    assert!(screen(&model).contains("1,000,000 of 1,000,000"), "{}", screen(&model));
    assert!(server.open.is_empty(), "{:?}", server.open);
    server.receive(press(&mut model, "k"));
    assert_eq!(title(&model), "resume 999998");
    server.respond_to_all(&mut model);
    server.receive(press(&mut model, "g"));
    server.respond_to_all(&mut model);
    assert_eq!(title(&model), "resume 0");
}

#[test]
fn each_end_of_audit_record_and_revisions_needs_one_request() {
    for collection in [Collection::AUDIT, Collection::Revisions(ResumeId::new())] {
        let (mut model, mut server) = open(100_000);
        model.open(crate::screens::list(collection));
        server.receive(press(&mut model, "p"));
        server.respond_to_all(&mut model);
        server.asked.clear();
        for (key, number) in [("G", 99_999), ("g", 0), ("S", 99_999), ("G", 0), ("s", 0)] {
            server.receive(press(&mut model, key));
            server.respond_to_all(&mut model);
            assert!(matches!(server.asked[..], [Request::Page(_)]), "{key}: {:?}", server.asked);
            server.asked.clear();
            assert_eq!(title(&model), format!("resume {number}"), "{key}");
        }
    }
}

#[test]
fn start_needs_three_requests() {
    let mut server = Server::new(1_000_000);
    let mut model = model(120, 40);
    let mut effects = start(&mut model, true, "", None);
    effects.extend(update(&mut model, Message::Link(Link::Up)));
    assert_eq!(effects.len(), 3, "{effects:?}");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Watch)), "{effects:?}");
    server.receive(effects);
    server.respond_to_all(&mut model);
    assert!(matches!(server.asked[..], [Request::Me, Request::Page(_)]), "{:?}", server.asked);
    assert!(screen(&model).contains("People 1,000,000"), "{}", screen(&model));
}

#[test]
fn scrolling_shows_each_row_once_and_keeps_few_rows() {
    for (first, page, len) in [("g", "pagedown", 5_000), ("G", "pageup", 5_000)] {
        let (mut model, mut server) = open(len);
        server.receive(press(&mut model, first));
        server.respond_to_all(&mut model);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..400 {
            let table = model.screen().table().unwrap();
            let window = table.window.as_ref().unwrap();
            for place in table.visible(19) {
                let Some(row) = window.row(place) else { continue };
                seen.insert(row.name());
            }
            assert!(window.loaded().count() <= 2_500, "{}", window.loaded().count());
            server.receive(press(&mut model, page));
            server.respond_to_all(&mut model);
        }
        assert_eq!(seen.len(), 5_000);
        let last = if first == "g" { "resume 4999" } else { "resume 0" };
        assert_eq!(title(&model), last);
        // What was let go of comes back by the way that is known, in the other direction as well.
        for _ in 0..400 {
            server.receive(press(&mut model, if page == "pagedown" { "pageup" } else { "pagedown" }));
            server.respond_to_all(&mut model);
        }
        assert_eq!(title(&model), if first == "g" { "resume 0" } else { "resume 4999" });
    }
}

#[test]
fn only_the_response_to_the_current_filter_is_shown() {
    let (mut model, mut server) = open(10_000);
    server.receive(press(&mut model, "/ a"));
    server.receive(press(&mut model, "b c"));
    assert_eq!(server.open.len(), 1, "one request is on its way, whatever is typed");
    let (ticket, request) = server.open.remove(0);
    let response = server.response(&request);
    server.receive(update(&mut model, Message::Response(ticket, response)));
    assert_eq!(title(&model), "resume 0", "the answer to less is not shown");
    server.respond_to_all(&mut model);
    assert_eq!(title(&model), "resume 0 abc");
    let queries = server.asked.iter().filter_map(|request| match request {
        Request::Page(request) if !request.query.is_empty() => Some(request.query.as_str()),
        _ => None,
    });
    assert_eq!(queries.collect::<Vec<_>>()[..2], ["a", "abc"]);
    // Escape takes the filter back.
    server.receive(press(&mut model, "esc"));
    server.respond_to_all(&mut model);
    assert_eq!(title(&model), "resume 0");
}

#[test]
fn event_updates_its_row_and_keeps_the_cursor() {
    use crate::app::message::{About, LiveUpdate};
    let (mut model, mut server) = open(1_000);
    server.receive(press(&mut model, "j j j"));
    let Row::Resume(mut changed) = row(3, "") else { unreachable!() };
    (changed.title, changed.revision) = ("renamed".into(), 2);
    let live_update =
        LiveUpdate { subject: "resumes.resume.updated".to_owned(), about: About::Resume(changed.clone()) };
    server.receive(update(&mut model, Message::LiveUpdate(Box::new(live_update))));
    assert_eq!(title(&model), "renamed");
    // One that arrives late says less than what is known.
    (changed.title, changed.revision) = ("older".into(), 1);
    let live_update =
        LiveUpdate { subject: "resumes.resume.updated".to_owned(), about: About::Resume(changed.clone()) };
    server.receive(update(&mut model, Message::LiveUpdate(Box::new(live_update))));
    assert_eq!(title(&model), "renamed");
    changed.id = ResumeId::new();
    let live_update =
        LiveUpdate { subject: "resumes.resume.created".to_owned(), about: About::Resume(changed) };
    server.receive(update(&mut model, Message::LiveUpdate(Box::new(live_update))));
    assert_eq!(title(&model), "renamed");
    assert!(screen(&model).contains("1 new resume: r"), "{}", screen(&model));
}

#[test]
fn purged_resume_is_removed_from_the_list() {
    use crate::app::message::{About, LiveUpdate};
    let (mut model, mut server) = open(1_000);
    server.receive(press(&mut model, "j j j"));
    let Row::Resume(gone) = row(3, "") else { unreachable!() };
    let purged = |gone: &vitae_sdk::ResumeSummary| {
        let about = About::Resume(Box::new(gone.clone()));
        Message::LiveUpdate(Box::new(LiveUpdate { subject: "resumes.resume.purged".to_owned(), about }))
    };
    let asked = server.asked.len();
    server.receive(update(&mut model, purged(&gone)));
    server.respond_to_all(&mut model);
    let pages = server.asked[asked..].iter().filter(|request| matches!(request, Request::Page(_)));
    assert!(pages.count() > 0, "the rows are read anew");
    // One that is not listed costs nothing.
    let mut other = gone.clone();
    other.id = ResumeId::new();
    let asked = server.asked.len();
    server.receive(update(&mut model, purged(&other)));
    server.respond_to_all(&mut model);
    assert_eq!(server.asked.len(), asked);
}

#[test]
fn events_during_a_page_request_are_applied() {
    use crate::app::message::{About, LiveUpdate};
    let Row::Resume(mut changed) = row(3, "") else { unreachable!() };
    let mut tell = |model: &mut Model, verb: &str, number: u64| {
        changed.id = ResumeId::from_bytes(u128::from(number).to_be_bytes());
        (changed.title, changed.revision) = (format!("resume {number} {verb}").into(), 2);
        let subject = format!("resumes.resume.{verb}");
        let live_update = LiveUpdate { subject, about: About::Resume(changed.clone()) };
        update(model, Message::LiveUpdate(Box::new(live_update)))
    };
    for (len, new, shown) in [(100, 200, "1 new resume: r"), (100, 7, "by created"), (0, 0, "There are no")] {
        let (mut model, mut server) = (model(80, 24), Server::new(len));
        model.session.link = LinkState::Live;
        server.receive(press(&mut model, "2 p"));
        let (ticket, request) = server.open.remove(0);
        // The page was read before another user changed one of its resumes and created one.
        let response = server.response(&request);
        server.receive(tell(&mut model, "updated", 3));
        server.receive(tell(&mut model, "created", new));
        server.len += u64::from(len == 0);
        server.receive(update(&mut model, Message::Response(ticket, response)));
        if len == 0 {
            assert!(screen(&model).contains(shown), "{}", screen(&model));
            server.respond_to_all(&mut model);
            assert_eq!(title(&model), "resume 0");
            continue;
        }
        server.receive(press(&mut model, "j j j"));
        assert_eq!(title(&model), "resume 3 updated");
        assert!(screen(&model).contains(shown), "{}", screen(&model));
        assert_eq!(screen(&model).contains("1 new"), new == 200, "{}", screen(&model));
    }
}

#[test]
fn error_is_shown_in_place_and_retried() {
    let mut model = model(80, 24);
    model.session.link = LinkState::Live;
    let effects = press(&mut model, "2");
    let Some(Effect::Send(ticket, _)) = effects.into_iter().find(|e| matches!(e, Effect::Send(..))) else {
        panic!("nothing was asked")
    };
    let error = ConsoleError {
        kind: crate::client::error::Kind::Offline,
        ..ConsoleError::local("refused", "start it")
    };
    let effects = update(&mut model, Message::Response(ticket, Err(error)));
    let Some(Effect::Wake(ticket, _)) = effects.first() else { panic!("{effects:?}") };
    assert!(screen(&model).contains("It is retried automatically"), "{}", screen(&model));
    // Whoever looks at something else is not woken for it, and whoever comes back is.
    let effects = press(&mut model, "!");
    assert!(matches!(effects[..], [Effect::Cancel(timer)] if timer == *ticket), "{effects:?}");
    let effects = press(&mut model, "[");
    let [Effect::Wake(ticket, _)] = &effects[..] else { panic!("{effects:?}") };
    let effects = update(&mut model, Message::Woken(*ticket));
    assert!(matches!(effects.first(), Some(Effect::Send(..))), "{effects:?}");
}

#[test]
fn middle_of_a_long_list_needs_one_request() {
    let (mut model, mut server) = open(1_000_000);
    server.asked.clear();
    press(&mut model, ":");
    update(&mut model, Message::Paste("500,000".to_owned()));
    server.receive(press(&mut model, "enter"));
    assert!(matches!(server.asked[..], [Request::Page(_)]), "{:?}", server.asked);
    server.respond_to_all(&mut model);
    assert_eq!(title(&model), "resume 499999");
    assert!(screen(&model).contains("500,000 of 1,000,000"), "{}", screen(&model));
    // From there one reads on both ways.
    server.receive(press(&mut model, "pageup pageup pageup pageup pageup pageup"));
    server.respond_to_all(&mut model);
    assert!(title(&model).starts_with("resume 499"), "{}", title(&model));
}
