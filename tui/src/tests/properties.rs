//! Properties of windows over lists of any length, and of merges of concurrent edits.

use std::collections::BTreeMap;
use std::ops::Range;

use proptest::prelude::*;
use vitae_sdk::{Page, Role, Status, Timestamp, User, UserId};

use crate::app::effect::Effect;
use crate::client::collection::Collection;
use crate::client::request::{PageRequest, Request, Response};
use crate::client::row::{Row, RowId};
use crate::client::ticket::{Part, Requester, Ticket, Tickets};
use crate::client::window::{Anchor, PAGE, Way};
use crate::widgets::table::Table;

const REQUESTER: Requester = Requester::Screen(Part::Table(0));

/// The first number of the people that match the filter.
const FILTERED: u64 = 1_000_000;

/// An operation on a list.
#[derive(Debug, Clone)]
enum Doing {
    Step(i64),
    Start,
    End,
    Press(u64),
    Response,
    Reload,
    Filter(bool),
    Height(u64),
}

fn doings() -> impl Strategy<Value = Vec<Doing>> {
    let one = prop_oneof![
        4 => (-200i64..200).prop_map(Doing::Step),
        1 => Just(Doing::Start),
        1 => Just(Doing::End),
        1 => any::<u64>().prop_map(Doing::Press),
        6 => Just(Doing::Response),
        1 => Just(Doing::Reload),
        1 => any::<bool>().prop_map(Doing::Filter),
        1 => (0u64..120).prop_map(Doing::Height),
    ];
    prop::collection::vec(one, 0..120)
}

fn person(number: u64) -> Row {
    let at = Timestamp::from_millis(0);
    Row::User(Box::new(User {
        id: UserId::from_bytes(u128::from(number).to_be_bytes()),
        email: "a@b".into(),
        name: number.to_string().into(),
        role: Role::Member,
        status: Status::Active,
        version: 1,
        created_at: at,
        updated_at: at,
        deleted_at: None,
        external_id: None,
        labels: BTreeMap::new(),
    }))
}

fn number(row: &Row) -> u64 {
    match row.id() {
        RowId::User(id) => u64::try_from(u128::from_be_bytes(*id.as_bytes())).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Returns the numbers of the people that a query lists; filtered people have different numbers.
fn listed(query: &str, total: u64) -> Range<u64> {
    if query.is_empty() { 0..total } else { FILTERED..FILTERED + total / 3 }
}

/// Returns the response of a server with this many people; in the default order from 0 up.
fn page(request: &PageRequest, total: u64) -> Page<Row> {
    let is_usual = request.sort.as_deref() == Some("-created_at");
    let listed = listed(&request.query, total);
    let total = listed.end - listed.start;
    let from: u64 = match &request.way {
        Way::First => 0,
        Way::Cursor(cursor) => cursor.parse().unwrap(),
        Way::Skip(rows) => *rows,
    };
    let to = (from + u64::from(PAGE)).min(total);
    let number = |at: u64| listed.start + if is_usual { at } else { total - 1 - at };
    Page {
        items: (from..to).map(|at| person(number(at))).collect(),
        next_cursor: (to < total).then(|| to.to_string()),
        prev_cursor: None,
        total: request.count.then_some(total),
    }
}

struct Played {
    table: Table,
    tickets: Tickets,
    open: Vec<(Ticket, Request)>,
    height: u64,
    total: u64,
}

impl Played {
    fn ask(&mut self) {
        for effect in self.table.ask(self.height, &mut self.tickets.issuer(REQUESTER)) {
            match effect {
                Effect::Send(ticket, request) => self.open.push((ticket, request)),
                Effect::Cancel(ticket) => self.open.retain(|(known, _)| *known != ticket),
                other => panic!("{other:?}"),
            }
        }
    }

    fn response(&mut self) {
        let Some((ticket, request)) = self.open.pop() else { return };
        let response = match request {
            Request::Page(request) => Response::Page(page(&request, self.total)),
            Request::Count { query, .. } => {
                let listed = listed(&query, self.total);
                Response::Count(listed.end - listed.start)
            }
            other => panic!("{other:?}"),
        };
        assert!(self.table.response(ticket, Ok(response), self.height), "{ticket:?} is waited for");
    }

    fn play(&mut self, doing: &Doing) {
        match doing {
            Doing::Step(lines) => self.table.step(*lines, self.height),
            Doing::Start => self.table.go_to_end(Anchor::Start, self.height),
            Doing::End => self.table.go_to_end(Anchor::End, self.height),
            Doing::Press(place) => self.table.go_to(*place, self.height),
            Doing::Response => self.response(),
            Doing::Reload => self.table.reload(),
            Doing::Filter(is_on) => self.table.filter(if *is_on { "x".to_owned() } else { String::new() }),
            Doing::Height(height) => {
                self.height = *height;
                self.table.fit(*height);
            }
        }
        self.ask();
    }

    /// Checks that every visible row is the expected one and the cursor is visible.
    fn check(&self) {
        let Some(window) = &self.table.window else { return };
        assert!(window.loaded().count() <= 24 * usize::try_from(PAGE).unwrap());
        assert!(self.table.place < window.reach().max(self.total).max(1));
        let visible: Vec<u64> = self.table.visible(self.height.max(1)).collect();
        assert!(
            visible.is_empty() || visible.contains(&self.table.place),
            "{visible:?} {}",
            self.table.place
        );
        for place in visible {
            let Some(row) = window.row(place) else { continue };
            let listed = listed(if number(row) < FILTERED { "" } else { "x" }, self.total);
            let expected =
                if window.anchor == Anchor::Start { listed.start + place } else { listed.end - 1 - place };
            assert_eq!(number(row), expected);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn window_shows_the_rows_of_its_position(
        total in prop_oneof![0u64..3, 95u64..105, 0u64..100_000],
        doings in doings(),
    ) {
        let mut played = Played {
            table: Table::new(Collection::PEOPLE),
            tickets: Tickets::default(),
            open: Vec::new(),
            height: 30,
            total,
        };
        played.ask();
        for doing in &doings {
            played.play(doing);
            prop_assert!(played.open.len() <= 2, "{:?}", played.open);
            played.check();
        }
        // Once everything is answered, everything that is seen is there.
        for _ in 0..8 {
            if played.open.is_empty() {
                break;
            }
            played.response();
            played.ask();
            played.check();
        }
        prop_assert!(played.open.is_empty());
        let listed = listed(&played.table.query, total);
        prop_assert_eq!(played.table.len(), Some(listed.end - listed.start));
        let window = played.table.window.as_ref().unwrap();
        for place in played.table.visible(played.height.max(1)) {
            prop_assert!(window.row(place).is_some(), "row {place} of {total}");
        }
    }
}
