//! The health screen: requests, errors and latency of the server.

mod announce;
pub(crate) mod state;
mod update;
pub(crate) mod view;

use vitae_sdk::{Timestamp, UserId};

use crate::app::action::Action;
use crate::app::action_kind::ScreenAction;
use crate::app::effect::Effect;
use crate::app::location::Location;
use crate::client::error::ConsoleError;
use crate::client::metrics::Metrics;
use crate::client::request::Response;
use crate::client::ticket::{Issuer, Part, Ticket};
use crate::screen_reader::Speech;
use crate::screens::health::state::Health;
use crate::screens::screen::{Outcome, Screen, UpdateContext, ViewContext};
use crate::terminal::text::clock;
use crate::widgets::canvas::Canvas;
use crate::widgets::hit_test::Target;
use crate::widgets::layout::{Areas, Frame};

impl Screen for Health {
    fn title(&self) -> String {
        "Health".to_owned()
    }

    fn subtitle(&self) -> Option<String> {
        let up = self.newest().and_then(Metrics::uptime).map(view::uptime);
        let up = up.map(|up| format!(" · up {up}")).unwrap_or_default();
        Some(format!("over the last minute{up}"))
    }

    fn location(&self) -> Location {
        Location::Health
    }

    fn command(&self, _me: Option<UserId>) -> Option<String> {
        Some("vitae api GET /metrics".to_owned())
    }

    fn menu_entry(&self) -> Option<Action> {
        Some(Action::Health)
    }

    fn frame(&self, height: u16) -> Frame {
        // The reasons of stalled feeds are listed where the terminal is high enough.
        let stalled = self.newest().map_or(0, |newest| newest.stuck_feeds.len());
        let reasons = u16::try_from(stalled.clamp(1, 4)).unwrap_or(1);
        let card = if height >= 18 { 1 + reasons } else { u16::from(height >= 5) };
        Frame { card, ..Frame::default() }
    }

    fn load(&mut self, areas: &Areas, tickets: &mut Issuer<'_>) -> Vec<Effect> {
        self.go_to(self.place, usize::try_from(areas.height()).unwrap_or(usize::MAX));
        Health::load(self, tickets).into_iter().collect()
    }

    fn response(
        &mut self,
        _part: Part,
        ticket: Ticket,
        response: Result<Response, ConsoleError>,
        _areas: &Areas,
    ) -> bool {
        Health::response(self, ticket, response)
    }

    fn wake(&mut self, _part: Part, ticket: Ticket) {
        Health::wake(self, ticket);
    }

    fn offers(&self, action: ScreenAction) -> bool {
        update::offers(self, action)
    }

    fn update(&mut self, action: ScreenAction, cx: &mut UpdateContext<'_>) -> Outcome {
        update::update(self, action, cx)
    }

    fn destination(&self) -> Option<Location> {
        Health::destination(self)
    }

    fn press(&mut self, target: Target, areas: &Areas) -> bool {
        update::press(self, target, areas)
    }

    fn view(&self, cx: &ViewContext<'_>, canvas: &mut Canvas<'_>) {
        view::health(self, canvas, &cx.areas);
    }

    fn announce(&self, cx: &ViewContext<'_>, speech: &mut Speech) {
        announce::announce(self, cx, speech);
    }

    fn position(&self, _cx: &ViewContext<'_>) -> String {
        self.newest().map(|newest| format!("as of {}", clock(newest.at))).unwrap_or_default()
    }

    fn error(&self) -> Option<&ConsoleError> {
        self.error.as_ref()
    }

    fn newest_sample(&self) -> Option<Timestamp> {
        self.newest().map(|newest| newest.at)
    }

    fn retry(&mut self) {
        Health::retry(self);
    }

    fn reload(&mut self) {
        Health::retry(self);
    }

    fn hide(&mut self) -> Vec<Effect> {
        Health::hide(self).into_iter().collect()
    }
}
