//! What every message does to the model, and what has to be done about it outside.

mod acts;
mod answers;
mod editing;
mod forms;
mod keys;
mod login;
mod mouse;
mod news;
mod opening;
mod saving;
mod work;

pub(crate) use answers::Finding;
pub(crate) use editing::without_notes;
pub(crate) use keys::completions;
pub(crate) use opening::{Opening, Writing, may_write, subject};
pub(crate) use work::plan;

use crate::effect::{Effect, Keeping};
use crate::layout;
use crate::message::Message;
use crate::model::{LinkState, Model};
use crate::overlay::{LoginForm, Overlay};
use crate::place::Place;
use crate::request::Request;
use crate::theme::Theme;

/// Takes a message in.
pub(crate) fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = match message {
        Message::Key(key) => keys::key(model, key),
        Message::Paste(text) => keys::paste(model, &text),
        Message::Mouse(act, target) => mouse::mouse(model, act, target),
        Message::Resize(width, height) => {
            model.size = (width, height);
            Vec::new()
        }
        Message::Background(background) => {
            if model.follows_background {
                model.theme = Theme::on(background);
            }
            Vec::new()
        }
        Message::Answer(ticket, answer) => answers::answer(model, ticket, &answer),
        Message::Woken(ticket) => {
            model.screens_mut().for_each(|screen| screen.woken(ticket));
            Vec::new()
        }
        Message::Link(link) => news::link(model, link),
        Message::News(news) => news::happened(model, &news),
        Message::Recalled(kept) => answers::recalled(model, *kept),
        Message::NotKept(why) => {
            model.warn_once(&format!("this will be lost if the console breaks: {why}"));
            Vec::new()
        }
        Message::Edited(ticket, edited) => editing::edited(model, ticket, edited),
    };
    effects.extend(settle(model));
    effects
}

/// Begins, with a login or without, at a place or where everybody begins.
pub(crate) fn start(model: &mut Model, has_login: bool, email: &str, place: Option<Place>) -> Vec<Effect> {
    let mut effects = Vec::new();
    if has_login {
        effects.extend(connect(model));
    } else {
        let form = LoginForm::new(&model.server, email, None);
        model.overlay = Some(Overlay::Login(Box::new(form)));
    }
    if let Some(place) = place {
        effects.extend(acts::go(model, place));
        model.back.clear();
    }
    effects.extend(settle(model));
    effects
}

/// Uses the login that the client has: who is it, and what happens from now on?
fn connect(model: &mut Model) -> Vec<Effect> {
    let ticket = model.tickets.next();
    model.asked_me = Some(ticket);
    model.link = LinkState::Connecting;
    vec![Effect::Watch, Effect::Ask(ticket, Request::Me)]
}

/// Asks for what the screen lacks, and lays long texts out for its width.
fn settle(model: &mut Model) -> Vec<Effect> {
    let areas = layout::areas(model);
    let mut effects = Vec::new();
    if model.link != LinkState::Closed && model.size.1 > 0 {
        let Model { screen, tickets, names, .. } = model;
        effects = screen.ask(areas.height(), areas.pane.width > 0, tickets);
        if let Some(table) = screen.table() {
            let seen = table.visible(areas.height());
            let rows = seen.filter_map(|place| table.window.as_ref()?.row(place));
            effects.extend(names.ask(rows, tickets));
        }
    }
    if let Some(Overlay::Form(form)) = &mut model.overlay
        && std::mem::take(&mut form.is_unkept)
        && form.draft.kind.is_kept()
        && form.origin.is_none()
    {
        effects.push(Effect::Keep(Keeping::Draft(Box::new(form.draft.clone()))));
    }
    let width = usize::from(areas.sheet(&model.screen).width);
    if let Some(sheet) = model.screen.sheet_mut() {
        sheet.lay(width);
    }
    effects
}
