//! The screen of a person: the account, and tabs with resumes, sessions and audit entries.

mod announce;
pub(crate) mod state;
mod update;
mod view;

use vitae_sdk::{User, UserId};

use crate::app::action::Action;
use crate::app::action_kind::ScreenAction;
use crate::app::effect::Effect;
use crate::app::location::Location;
use crate::client::error::ConsoleError;
use crate::client::request::{Request, Response};
use crate::client::row::Row;
use crate::client::ticket::{Issuer, Part, Ticket};
use crate::screen_reader::Speech;
use crate::screens::list;
use crate::screens::person::state::Person;
use crate::screens::screen::{Outcome, Screen, UpdateContext, ViewContext};
use crate::terminal::text::shown;
use crate::widgets::canvas::Canvas;
use crate::widgets::hit_test::Target;
use crate::widgets::layout::{Areas, Frame};
use crate::widgets::table::Table;

impl Screen for Person {
    fn title(&self) -> String {
        self.user().map_or_else(|| "Person".to_owned(), |user| shown(&user.name))
    }

    fn location(&self) -> Location {
        Location::Person(self.id)
    }

    fn command(&self, _me: Option<UserId>) -> Option<String> {
        Some(format!("vitae users get {}", self.id))
    }

    fn menu_entry(&self) -> Option<Action> {
        Some(Action::People)
    }

    fn frame(&self, height: u16) -> Frame {
        let frame = self.table().map(Frame::of_table).unwrap_or_default();
        Frame { card: if height >= 18 { 3 } else { 0 }, tabs: u16::from(height >= 5), ..frame }
    }

    fn load(&mut self, areas: &Areas, tickets: &mut Issuer<'_>) -> Vec<Effect> {
        let mut effects = self.user.want(&self.id, &mut tickets.part(Part::Object), Request::User(self.id));
        if let Some(table) = self.tables.get_mut(self.tab) {
            effects.extend(list::load_table(table, self.tab, areas, tickets));
        }
        effects
    }

    fn response(
        &mut self,
        part: Part,
        ticket: Ticket,
        response: Result<Response, ConsoleError>,
        areas: &Areas,
    ) -> bool {
        match part {
            Part::Object => self.user.response(ticket, response),
            Part::Table(number) => match self.tables.get_mut(number) {
                Some(table) => table.response(ticket, response, areas.height()),
                None => false,
            },
            Part::Pane(number) => match self.tables.get_mut(number) {
                Some(table) => table.pane.response(ticket, response),
                None => false,
            },
        }
    }

    fn wake(&mut self, part: Part, ticket: Ticket) {
        if let Part::Table(number) = part
            && let Some(table) = self.tables.get_mut(number)
        {
            table.woken(ticket);
        }
    }

    fn offers(&self, action: ScreenAction) -> bool {
        matches!(action, ScreenAction::Tab(_))
            || self.table().is_some_and(|table| list::offers(table, action))
    }

    fn update(&mut self, action: ScreenAction, cx: &mut UpdateContext<'_>) -> Outcome {
        update::update(self, action, cx)
    }

    fn destination(&self) -> Option<Location> {
        list::destination(self.table()?)
    }

    fn press(&mut self, target: Target, _areas: &Areas) -> bool {
        if let Target::Tab(tab) = target {
            self.tab = tab.min(self.tables.len() - 1);
        }
        false
    }

    fn view(&self, cx: &ViewContext<'_>, canvas: &mut Canvas<'_>) {
        view::view(self, cx, canvas);
    }

    fn announce(&self, cx: &ViewContext<'_>, speech: &mut Speech) {
        announce::announce(self, cx, speech);
    }

    fn position(&self, _cx: &ViewContext<'_>) -> String {
        self.table().map(list::position).unwrap_or_default()
    }

    fn person(&self) -> Option<(UserId, Option<&User>)> {
        Some((self.id, self.user()))
    }

    fn table(&self) -> Option<&Table> {
        self.tables.get(self.tab)
    }

    fn table_mut(&mut self) -> Option<&mut Table> {
        self.tables.get_mut(self.tab)
    }

    fn tables_mut(&mut self) -> &mut [Table] {
        &mut self.tables
    }

    fn patch(&mut self, row: &Row) {
        self.tables.iter_mut().for_each(|table| table.patch(row));
        if let Row::User(user) = row {
            self.patch_user(user);
        }
    }

    fn retry(&mut self) {
        self.tables.iter_mut().for_each(Table::retry);
        self.user.retry();
    }

    fn reload(&mut self) {
        if let Some(table) = self.table_mut() {
            table.reload();
        }
        self.user.clear();
    }

    fn hide(&mut self) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self.tables.iter_mut().flat_map(Table::hide).collect();
        effects.extend(self.user.cancel());
        effects
    }
}
