//! What every message does to the model, and what has to be done about it outside.

mod actions;
mod bulk_operation;
mod editing;
mod forms;
mod keys;
mod live_updates;
mod login;
mod mouse;
mod opening;
mod responses;
mod saving;

pub(crate) use bulk_operation::plan;
pub(crate) use keys::completions;
pub(crate) use opening::{Opening, Writing, may_write, subject};
pub(crate) use responses::Finding;

use crate::app::effect::{Effect, StoreChange};
use crate::app::layout;
use crate::app::location::Location;
use crate::app::message::Message;
use crate::app::model::{LinkState, Model};
use crate::client::request::Request;
use crate::overlays::{LoginForm, Overlay};
use crate::terminal::theme::Theme;

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
        Message::Response(ticket, response) => responses::response(model, ticket, &response),
        Message::Woken(ticket) => {
            model.screens_mut().for_each(|screen| screen.woken(ticket));
            Vec::new()
        }
        Message::Link(link) => live_updates::link(model, link),
        Message::LiveUpdate(news) => live_updates::happened(model, &news),
        Message::StateLoaded(kept) => responses::recalled(model, *kept),
        Message::StoreFailed(why) => {
            model.warn_once(&format!("this will be lost if the console breaks: {why}"));
            Vec::new()
        }
        Message::Edited(ticket, edited) => editing::edited(model, ticket, edited),
    };
    effects.extend(settle(model));
    effects
}

/// Begins, with a login or without, at a place or where everybody begins.
pub(crate) fn start(model: &mut Model, has_login: bool, email: &str, place: Option<Location>) -> Vec<Effect> {
    let mut effects = Vec::new();
    if has_login {
        effects.extend(connect(model));
    } else {
        let form = LoginForm::new(&model.server, email, None);
        model.overlay = Some(Overlay::Login(Box::new(form)));
    }
    if let Some(place) = place {
        effects.extend(actions::go(model, place));
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
    vec![Effect::Watch, Effect::Send(ticket, Request::Me)]
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
        && form.draft.kind.is_stored()
        && form.origin.is_none()
    {
        effects.push(Effect::Store(StoreChange::Draft(Box::new(form.draft.clone()))));
    }
    let width = usize::from(areas.viewer(&model.screen).width);
    if let Some(viewer) = model.screen.sheet_mut() {
        viewer.lay(width);
    }
    effects
}
