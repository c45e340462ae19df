//! The resume screen: one resume, or a change in it, over the whole width.

mod announce;
pub(crate) mod state;
mod update;
mod view;

pub(crate) use announce::announce_text;

use vitae_sdk::UserId;

use crate::app::action_kind::ScreenAction;
use crate::app::effect::Effect;
use crate::app::location::Location;
use crate::client::error::ConsoleError;
use crate::client::request::Response;
use crate::client::row::Row;
use crate::client::ticket::{Issuer, Part, Ticket};
use crate::screen_reader::Speech;
use crate::screens::resume::state::Reader;
use crate::screens::screen::{Outcome, Screen, UpdateContext, ViewContext};
use crate::screens::selection::Selection;
use crate::widgets::canvas::Canvas;
use crate::widgets::layout::{Areas, Frame};
use crate::widgets::text_viewer::{Content, Subject, TextViewer};

impl Screen for Reader {
    fn title(&self) -> String {
        match self.subject {
            Subject::Resume(..) => "Resume".to_owned(),
            Subject::Change(..) => "Changes".to_owned(),
        }
    }

    fn location(&self) -> Location {
        match self.subject {
            Subject::Resume(id, _) => Location::Resume(id),
            Subject::Change(id, from, to) => Location::Change(id, from, to),
        }
    }

    fn command(&self, _me: Option<UserId>) -> Option<String> {
        Some(match self.subject {
            Subject::Resume(id, _) => format!("vitae resumes get {id}"),
            Subject::Change(id, from, to) => {
                let from = from.unwrap_or(to.saturating_sub(1));
                format!("vitae resumes diff {id} {from} {to}")
            }
        })
    }

    fn frame(&self, _height: u16) -> Frame {
        Frame { is_text: true, ..Frame::default() }
    }

    fn load(&mut self, _areas: &Areas, tickets: &mut Issuer<'_>) -> Vec<Effect> {
        self.text.want(self.subject, &mut tickets.part(Part::Object))
    }

    fn response(
        &mut self,
        _part: Part,
        ticket: Ticket,
        response: Result<Response, ConsoleError>,
        _areas: &Areas,
    ) -> bool {
        self.text.response(ticket, response)
    }

    fn offers(&self, action: ScreenAction) -> bool {
        update::offers(self, action)
    }

    fn update(&mut self, action: ScreenAction, cx: &mut UpdateContext<'_>) -> Outcome {
        update::update(self, action, cx)
    }

    fn view(&self, cx: &ViewContext<'_>, canvas: &mut Canvas<'_>) {
        view::view(self, cx, canvas);
    }

    fn announce(&self, cx: &ViewContext<'_>, speech: &mut Speech) {
        announce::announce(self, cx, speech);
    }

    fn position(&self, _cx: &ViewContext<'_>) -> String {
        match self.text.lines().len() {
            0 => String::new(),
            lines => format!(
                "line {} of {}",
                crate::terminal::text::count(self.text.scroll as u64 + 1),
                crate::terminal::text::count(lines as u64)
            ),
        }
    }

    fn selection(&self) -> Selection<'_> {
        match (self.subject, self.text.content()) {
            (Subject::Resume(id, _), Some(Content::Resume(resume))) => Selection::Resume(id, Some(resume)),
            (Subject::Resume(id, _), Some(Content::Change(_)) | None) => Selection::Resume(id, None),
            (Subject::Change(id, ..), Some(Content::Change(change))) => Selection::Change(id, Some(change)),
            (Subject::Change(id, ..), Some(Content::Resume(_)) | None) => Selection::Change(id, None),
        }
    }

    fn text_mut(&mut self) -> Option<&mut TextViewer> {
        Some(&mut self.text)
    }

    fn patch(&mut self, row: &Row) {
        if let Row::Resume(resume) = row {
            self.follow(resume.id, resume.revision);
        }
    }

    fn retry(&mut self) {
        self.text.retry();
    }

    fn reload(&mut self) {
        self.text.clear();
    }

    fn hide(&mut self) -> Vec<Effect> {
        self.text.cancel()
    }
}
