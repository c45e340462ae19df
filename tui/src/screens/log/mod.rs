//! The log screen: every notice of this console.

mod view;

use vitae_sdk::UserId;

use crate::app::action_kind::ScreenAction;
use crate::app::effect::Effect;
use crate::app::location::Location;
use crate::client::error::ConsoleError;
use crate::client::request::Response;
use crate::client::ticket::{Issuer, Part, Ticket};
use crate::screen_reader::{Speech, Topic};
use crate::screens::screen::{Outcome, Screen, UpdateContext, ViewContext};
use crate::widgets::canvas::Canvas;
use crate::widgets::layout::{Areas, Frame};

/// The log screen, whose notices belong to the application.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    scroll: usize,
}

impl Screen for Log {
    fn title(&self) -> String {
        "Log".to_owned()
    }

    fn location(&self) -> Location {
        Location::Log
    }

    fn command(&self, _me: Option<UserId>) -> Option<String> {
        None
    }

    fn frame(&self, _height: u16) -> Frame {
        Frame::default()
    }

    fn load(&mut self, _areas: &Areas, _tickets: &mut Issuer<'_>) -> Vec<Effect> {
        Vec::new()
    }

    fn response(
        &mut self,
        _part: Part,
        _ticket: Ticket,
        _response: Result<Response, ConsoleError>,
        _areas: &Areas,
    ) -> bool {
        false
    }

    fn offers(&self, action: ScreenAction) -> bool {
        matches!(action, ScreenAction::Move(_))
    }

    fn update(&mut self, action: ScreenAction, cx: &mut UpdateContext<'_>) -> Outcome {
        if let ScreenAction::Move(movement) = action {
            let lines = movement.lines(cx.areas.height());
            let lines = isize::try_from(lines).unwrap_or(if lines < 0 { isize::MIN } else { isize::MAX });
            let last = cx.notices.saturating_sub(usize::from(cx.areas.rows.height));
            self.scroll = self.scroll.saturating_add_signed(lines).min(last);
        }
        Outcome::Done
    }

    fn view(&self, cx: &ViewContext<'_>, canvas: &mut Canvas<'_>) {
        view::view(self, cx, canvas);
    }

    fn announce(&self, cx: &ViewContext<'_>, speech: &mut Speech) {
        speech.say(Topic::Place, format!("Log, {}", self.position(cx)));
        let lines: Vec<_> = cx.log.iter().rev().map(view::notice_line).collect();
        speech.text(&lines, self.scroll, usize::from(cx.areas.rows.height));
    }

    fn position(&self, cx: &ViewContext<'_>) -> String {
        format!("{} messages", crate::terminal::text::count(cx.log.len() as u64))
    }
}
