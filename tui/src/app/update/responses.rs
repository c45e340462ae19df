//! Gives each response to its requester.

use vitae_sdk::{Role, User};

use super::feedback::{failed, log_unmatched};
use super::{actions, bulk_operation, form_opening, saving};
use crate::app::action::Action;
use crate::app::effect::Effect;
use crate::app::history::History;
use crate::app::location::Location;
use crate::app::model::Model;
use crate::app::session::LinkState;
use crate::client::collection::Collection;
use crate::client::error::ConsoleError;
use crate::client::names::Names;
use crate::client::request::Response;
use crate::client::ticket::{Lookup, Part, Requester, Ticket};
use crate::overlays::Overlay;
use crate::persistence::store::StoredState;
use crate::screens;
use crate::terminal::text::{escaped, shown};
use crate::terminal::theme::StyleRole;

/// Gives a response to its requester; a response without one is logged.
pub(super) fn response(
    model: &mut Model,
    ticket: Ticket,
    response: Result<Response, ConsoleError>,
) -> Vec<Effect> {
    let Some(requester) = model.tickets.redeem(ticket) else {
        log_unmatched(model, ticket);
        return Vec::new();
    };
    match requester {
        Requester::Session => current_user(model, response),
        Requester::Login => logged_in(model, response),
        Requester::Names => {
            model.names.response(ticket, response);
            Vec::new()
        }
        Requester::Lookup => looked_up(model, response),
        Requester::FormOpening => form_opening::response(model, response),
        Requester::Form => saving::response(model, ticket, response),
        Requester::BulkOperation => bulk_operation::response(model, response),
        Requester::Screen(part) => {
            to_screen(model, part, ticket, response);
            Vec::new()
        }
    }
}

fn to_screen(model: &mut Model, part: Part, ticket: Ticket, response: Result<Response, ConsoleError>) {
    let areas = model.areas();
    let error = response.as_ref().err().cloned();
    // A screen without a table shows its error on the status line alone.
    let had_error = model.screen().table().is_none() && model.screen().error().is_some();
    if !model.screen_mut().response(part, ticket, response, &areas) {
        return log_unmatched(model, ticket);
    }
    match error {
        Some(error) => failed(model, &error),
        // Otherwise the error would stay on the status line until the next key.
        None if had_error && model.screen().error().is_none() => {
            model.say(StyleRole::Good, "the server responds again");
        }
        None => {}
    }
}

fn current_user(model: &mut Model, response: Result<Response, ConsoleError>) -> Vec<Effect> {
    let Some(pending) = model.session.pending.take() else { return Vec::new() };
    match pending.open(response) {
        Ok(me) => set_user(model, &me.0),
        Err(error) => {
            failed(model, &error);
            Vec::new()
        }
    }
}

fn looked_up(model: &mut Model, response: Result<Response, ConsoleError>) -> Vec<Effect> {
    let Some((pending, purpose)) = model.navigation.lookup.take() else { return Vec::new() };
    match pending.open(response) {
        Ok(Lookup::Found(user)) => return actions::go(model, purpose.location_of(user.id)),
        Ok(Lookup::Nobody(email)) => {
            model.say(StyleRole::Warn, format!("no person has the e-mail address {}", escaped(&email)));
        }
        Err(error) => failed(model, &error),
    }
    Vec::new()
}

fn logged_in(model: &mut Model, response: Result<Response, ConsoleError>) -> Vec<Effect> {
    let Some(pending) = model.session.login.take() else { return Vec::new() };
    // The first responses of this login tell whether it still requires another password.
    let is_required = |overlay: &Overlay| matches!(overlay, Overlay::Form(form) if form.is_required);
    let form = match &mut model.overlays.current {
        Some(Overlay::Login(form)) => Some(form),
        _ => None,
    };
    let user = match (pending.open(response), form) {
        (Ok(user), Some(form)) => {
            form.server.text().clone_into(&mut model.session.server);
            model.overlays.current = None;
            user.0
        }
        (Ok(user), None) => user.0,
        (Err(error), form) => {
            if let Some(form) = form {
                (form.is_waiting, form.error) = (false, Some(error.clone()));
            }
            model.say_error(&error);
            model.notices.current = None;
            return Vec::new();
        }
    };
    let mut effects = Vec::new();
    // Another user must not see the data of the one before.
    if model.session.my_id().is_some_and(|before| before != user.id) {
        effects.extend(forget_user(model));
    }
    model.overlays.suspended.retain(|overlay| !is_required(overlay));
    if model.overlays.current.is_none() {
        model.overlays.pop();
    }
    model.say(StyleRole::Good, format!("logged in as {}", shown(&user.name)));
    effects.extend(set_user(model, &user));
    model.navigation.screens_mut().for_each(|screen| screen.retry());
    model.session.link = LinkState::Connecting;
    model.session.pending = None;
    effects.push(Effect::Watch);
    effects
}

/// Drops everything that was shown to a user, and the requests in that user's name.
fn forget_user(model: &mut Model) -> Vec<Effect> {
    let effects = model.navigation.reset(screens::list(Collection::PEOPLE));
    model.overlays.suspended = Vec::new();
    model.history = History::default();
    model.drafts = Vec::new();
    (model.form_opening, model.bulk_operation) = (None, None);
    model.names = Names::default();
    effects
}

fn set_user(model: &mut Model, me: &User) -> Vec<Effect> {
    model.names.record(me);
    let is_new = model.session.me.replace(me.clone()).is_none_or(|before| before.id != me.id);
    let mut effects = Vec::new();
    if me.role == Role::Member
        && model.navigation.back.is_empty()
        && model.screen().table().is_some_and(|table| table.collection == Collection::PEOPLE)
    {
        effects.extend(model.navigation.show(screens::list(Collection::RESUMES)));
    }
    if is_new {
        effects.push(Effect::LoadState { server: model.session.server.clone(), who: me.id });
    }
    if std::mem::take(&mut model.session.wants_my_sessions) {
        model.notices.current = None;
        effects.extend(actions::go(model, Location::MySessions));
    }
    effects
}

/// Takes the drafts and undo steps that an earlier console of the same user stored.
pub(super) fn state_loaded(model: &mut Model, stored: StoredState) {
    let StoredState { drafts, undo, unreadable } = stored;
    for path in unreadable {
        model.say(StyleRole::Warn, format!("cannot read {}; the file is kept", escaped(&path)));
    }
    if !drafts.is_empty() {
        let (count, key) = (drafts.len(), model.appearance.key_text(Action::Drafts));
        let what = if count == 1 { "1 unsaved draft".to_owned() } else { format!("{count} unsaved drafts") };
        model.say(StyleRole::Warn, format!("{what} from an earlier run · {key} lists drafts"));
    }
    model.drafts.extend(drafts);
    // Changes since the console opened are newer.
    model.history.undo.splice(0..0, undo);
}
