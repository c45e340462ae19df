//! The list screen: people, resumes, revisions, sessions, the audit log, and the trash.
//!
//! The collections differ in their [`Collection`](crate::client::collection::Collection) only.

mod announce;
mod update;
mod view;
pub(crate) mod words;

pub(crate) use announce::announce_table;
pub(crate) use update::{destination, offers, update_table};
pub(crate) use view::position;

use vitae_sdk::UserId;

use crate::app::action::Action;
use crate::app::action_kind::ScreenAction;
use crate::app::effect::Effect;
use crate::app::location::Location;
use crate::client::collection::{Collection, Seek};
use crate::client::command;
use crate::client::error::ConsoleError;
use crate::client::request::Response;
use crate::client::row::Row;
use crate::client::ticket::{Issuer, Part, Ticket};
use crate::screen_reader::Speech;
use crate::screens::screen::{Outcome, Screen, UpdateContext, ViewContext};
use crate::widgets::canvas::Canvas;
use crate::widgets::layout::{Areas, Frame};
use crate::widgets::table::Table;

/// The list screen.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub(crate) table: Table,
}

impl List {
    pub(crate) fn new(collection: Collection) -> Self {
        Self { table: Table::new(collection) }
    }
}

impl Screen for List {
    fn title(&self) -> String {
        self.table.collection.title().to_owned()
    }

    fn location(&self) -> Location {
        Location::List {
            collection: self.table.collection.clone(),
            query: self.table.query.clone(),
            sort: self.table.sort,
            seek: self.table.current().map(Row::id).map(Seek::Row),
        }
    }

    fn command(&self, me: Option<UserId>) -> Option<String> {
        Some(command::of_list(&self.table.collection, &self.table.query, self.table.sort, me))
    }

    fn menu_entry(&self) -> Option<Action> {
        match &self.table.collection {
            Collection::Users { deleted: true, .. } | Collection::Resumes { deleted: true, .. } => {
                Some(Action::DeletedPeople)
            }
            Collection::Users { .. } => Some(Action::People),
            Collection::Resumes { .. } | Collection::Revisions(_) => Some(Action::Resumes),
            Collection::Audit { .. } => Some(Action::Audit),
            Collection::Sessions(_) => None,
        }
    }

    fn frame(&self, _height: u16) -> Frame {
        Frame::of_table(&self.table)
    }

    fn load(&mut self, areas: &Areas, tickets: &mut Issuer<'_>) -> Vec<Effect> {
        load_table(&mut self.table, 0, areas, tickets)
    }

    fn response(
        &mut self,
        part: Part,
        ticket: Ticket,
        response: Result<Response, ConsoleError>,
        areas: &Areas,
    ) -> bool {
        match part {
            Part::Table(_) => self.table.response(ticket, response, areas.height()),
            Part::Pane(_) => self.table.pane.response(ticket, response),
            Part::Object => false,
        }
    }

    fn wake(&mut self, _part: Part, ticket: Ticket) {
        self.table.woken(ticket);
    }

    fn offers(&self, action: ScreenAction) -> bool {
        offers(&self.table, action)
    }

    fn update(&mut self, action: ScreenAction, cx: &mut UpdateContext<'_>) -> Outcome {
        update_table(&mut self.table, 0, action, cx)
    }

    fn destination(&self) -> Option<Location> {
        destination(&self.table)
    }

    fn view(&self, cx: &ViewContext<'_>, canvas: &mut Canvas<'_>) {
        view::view(self, cx, canvas);
    }

    fn announce(&self, cx: &ViewContext<'_>, speech: &mut Speech) {
        announce::announce(self, cx, speech);
    }

    fn position(&self, _cx: &ViewContext<'_>) -> String {
        position(&self.table)
    }

    fn table(&self) -> Option<&Table> {
        Some(&self.table)
    }

    fn table_mut(&mut self) -> Option<&mut Table> {
        Some(&mut self.table)
    }

    fn tables_mut(&mut self) -> &mut [Table] {
        std::slice::from_mut(&mut self.table)
    }
}

/// Requests the rows that a table lacks, and the text of its pane.
pub(crate) fn load_table(
    table: &mut Table,
    number: usize,
    areas: &Areas,
    tickets: &mut Issuer<'_>,
) -> Vec<Effect> {
    table.fit(areas.height());
    let mut effects = table.ask(areas.height(), &mut tickets.part(Part::Table(number)));
    if areas.pane.width > 0 {
        let row = table.current().cloned();
        let mut tickets = tickets.part(Part::Pane(number));
        effects.extend(table.pane.ask(&table.collection, row.as_ref(), &mut tickets));
    }
    effects
}
