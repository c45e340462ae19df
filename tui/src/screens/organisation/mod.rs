//! The organisation screen: figures about people, resumes, storage and versions.

mod announce;
pub(crate) mod state;
mod update;
mod view;

use vitae_sdk::UserId;

use crate::app::action_kind::ScreenAction;
use crate::app::effect::Effect;
use crate::app::location::Location;
use crate::client::error::ConsoleError;
use crate::client::request::{Request, Response};
use crate::client::ticket::{Issuer, Part, Ticket};
use crate::screen_reader::Speech;
use crate::screens::organisation::state::Organisation;
use crate::screens::screen::{Outcome, Screen, UpdateContext, ViewContext};
use crate::widgets::canvas::Canvas;
use crate::widgets::hit_test::Target;
use crate::widgets::layout::{Areas, Frame};

impl Screen for Organisation {
    fn title(&self) -> String {
        "Organisation".to_owned()
    }

    fn subtitle(&self) -> Option<String> {
        self.summary()
    }

    fn location(&self) -> Location {
        Location::Organisation
    }

    fn command(&self, _me: Option<UserId>) -> Option<String> {
        Some("vitae api GET /v1/stats".to_owned())
    }

    fn frame(&self, _height: u16) -> Frame {
        Frame::default()
    }

    fn load(&mut self, areas: &Areas, tickets: &mut Issuer<'_>) -> Vec<Effect> {
        self.go_to(self.cursor, usize::from(areas.rows.height));
        self.load.want(&(), &mut tickets.part(Part::Object), Request::Stats)
    }

    fn response(
        &mut self,
        _part: Part,
        ticket: Ticket,
        response: Result<Response, ConsoleError>,
        _areas: &Areas,
    ) -> bool {
        self.take(ticket, response)
    }

    fn offers(&self, action: ScreenAction) -> bool {
        update::offers(self, action)
    }

    fn update(&mut self, action: ScreenAction, cx: &mut UpdateContext<'_>) -> Outcome {
        update::update(self, action, cx)
    }

    fn destination(&self) -> Option<Location> {
        self.current().map(|figure| figure.destination.clone())
    }

    fn press(&mut self, target: Target, areas: &Areas) -> bool {
        update::press(self, target, areas)
    }

    fn view(&self, cx: &ViewContext<'_>, canvas: &mut Canvas<'_>) {
        view::view(self, cx, canvas);
    }

    fn announce(&self, cx: &ViewContext<'_>, speech: &mut Speech) {
        announce::announce(self, cx, speech);
    }

    fn position(&self, _cx: &ViewContext<'_>) -> String {
        if self.figures().is_empty() {
            return String::new();
        }
        format!("{} of {}", self.cursor + 1, self.figures().len())
    }

    fn error(&self) -> Option<&ConsoleError> {
        self.load.error()
    }

    fn retry(&mut self) {
        self.load.retry();
    }

    fn reload(&mut self) {
        self.load.clear();
    }

    fn hide(&mut self) -> Vec<Effect> {
        self.load.cancel()
    }
}
