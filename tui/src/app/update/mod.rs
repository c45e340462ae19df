//! The update: each message changes the model and returns effects.

mod actions;
mod bulk_operation;
mod editing;
mod external_editor;
mod feedback;
mod form_opening;
mod forms;
mod keys;
mod live_updates;
mod login;
mod mouse;
mod responses;
mod saving;

pub(crate) use bulk_operation::plan;
pub(crate) use form_opening::{Writing, may_write, subject};
pub(crate) use keys::completions;

use crate::app::effect::{Effect, StoreChange};
use crate::app::location::Location;
use crate::app::message::Message;
use crate::app::model::Model;
use crate::app::session::LinkState;
use crate::client::request::Request;
use crate::client::ticket::{Part, Requester, Ticket};
use crate::overlays::{LoginForm, Overlay};
use crate::terminal::theme::{StyleRole, Theme};

/// Takes a message in.
pub(crate) fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = match message {
        Message::Key(key) => keys::key(model, key),
        Message::Paste(text) => keys::paste(model, &text),
        Message::Mouse(action, target) => mouse::mouse(model, action, target),
        Message::Resize(width, height) => {
            model.appearance.size = (width, height);
            Vec::new()
        }
        Message::Background(background) => {
            if model.appearance.follows_background {
                model.appearance.theme = Theme::on(background);
            }
            Vec::new()
        }
        Message::Response(ticket, response) => responses::response(model, ticket, response),
        Message::Woken(ticket) => {
            wake(model, ticket);
            Vec::new()
        }
        Message::Link(link) => {
            live_updates::link(model, link);
            Vec::new()
        }
        Message::LiveUpdate(update) => {
            live_updates::apply(model, &update);
            Vec::new()
        }
        Message::StateLoaded(stored) => {
            responses::state_loaded(model, *stored);
            Vec::new()
        }
        Message::StoreFailed(why) => {
            let words = format!("drafts and undo steps are not saved to disk: {why}");
            if !model.notices.is_last(&words) {
                model.say(StyleRole::Warn, words);
            }
            Vec::new()
        }
        Message::Edited(ticket, edited) => editing::edited(model, ticket, edited),
    };
    complete(model, &mut effects);
    effects
}

/// Starts the console, with a login or without, at a location or at the list of people.
pub(crate) fn start(
    model: &mut Model,
    has_login: bool,
    email: &str,
    location: Option<Location>,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    if has_login {
        effects.extend(connect(model));
    } else {
        let form = LoginForm::new(&model.session.server, email, None);
        model.overlays.current = Some(Overlay::Login(Box::new(form)));
    }
    if let Some(location) = location {
        effects.extend(actions::go(model, location));
        model.navigation.back.clear();
    }
    complete(model, &mut effects);
    effects
}

/// Asks who is logged in, and subscribes to events.
fn connect(model: &mut Model) -> Vec<Effect> {
    let pending = model.tickets.issuer(Requester::Session).next();
    model.session.pending = Some(pending);
    model.session.link = LinkState::Connecting;
    vec![Effect::Watch, Effect::Send(pending.ticket(), Request::Me)]
}

/// Continues after a timer.
fn wake(model: &mut Model, ticket: Ticket) {
    match model.tickets.redeem(ticket) {
        Some(Requester::Screen(part)) => model.screen_mut().wake(part, ticket),
        // A timer of a screen that was left is cancelled; the message may be under way already.
        None => {}
        Some(
            Requester::Session
            | Requester::Login
            | Requester::Names
            | Requester::Lookup
            | Requester::FormOpening
            | Requester::Form
            | Requester::BulkOperation,
        ) => feedback::log_unmatched(model, ticket),
    }
}

/// Adds the requests for what the screen lacks now, and forgets the tickets of cancelled requests.
fn complete(model: &mut Model, effects: &mut Vec<Effect>) {
    effects.extend(load(model));
    if let Some(Overlay::Form(form)) = &mut model.overlays.current
        && std::mem::take(&mut form.is_unkept)
        && form.draft.kind.is_stored()
        && form.origin.is_none()
    {
        effects.push(Effect::Store(StoreChange::Draft(Box::new(form.draft.clone()))));
    }
    let width = usize::from(model.areas().text.width);
    if let Some(text) = model.screen_mut().text_mut() {
        text.lay_out(width);
    }
    for effect in effects {
        if let Effect::Cancel(ticket) = effect {
            model.tickets.revoke(*ticket);
        }
    }
}

/// Requests what the screen lacks.
fn load(model: &mut Model) -> Vec<Effect> {
    if model.session.link == LinkState::Closed || model.appearance.size.1 == 0 {
        return Vec::new();
    }
    let areas = model.areas();
    let Model { navigation, tickets, names, .. } = model;
    let mut effects = navigation.screen.load(&areas, &mut tickets.issuer(Requester::Screen(Part::Object)));
    if let Some(table) = navigation.screen.table() {
        let visible = table.visible(areas.height());
        let rows = visible.filter_map(|place| table.window.as_ref()?.row(place));
        effects.extend(names.ask(rows, &mut tickets.issuer(Requester::Names)));
    }
    effects
}
