//! What answers of the server do.

use vitae_sdk::{Role, User};

use super::connect;
use crate::app::action::Action;
use crate::app::effect::Effect;
use crate::app::layout;
use crate::app::location::Location;
use crate::app::model::{LinkState, Model};
use crate::client::collection::Collection;
use crate::client::error::{ConsoleError, Kind};
use crate::client::request::{Response, Ticket};
use crate::overlays::{LoginForm, Overlay};
use crate::persistence::store::StoredState;
use crate::screens::Screen;
use crate::terminal::theme::StyleRole;

/// Gives an response to whoever asked; nobody may want it any more.
pub(super) fn response(
    model: &mut Model,
    ticket: Ticket,
    response: &Result<Response, ConsoleError>,
) -> Vec<Effect> {
    if let Some(Overlay::Login(form)) = &mut model.overlay
        && form.asked == Some(ticket)
    {
        form.asked = None;
        return logged_in(model, response);
    }
    let taken = super::bulk_operation::response(model, ticket, response)
        .or_else(|| super::saving::response(model, ticket, response))
        .or_else(|| super::opening::response(model, ticket, response));
    if let Some(effects) = taken {
        return effects;
    }
    if model.names.response(ticket, response) {
        return Vec::new();
    }
    let is_me = model.asked_me.take_if(|asked| *asked == ticket).is_some();
    let is_found = model.finding.take_if(|(asked, _)| *asked == ticket);
    let height = layout::areas(model).height();
    let had_no_figures = matches!(&model.screen, Screen::Health(health) if health.error.is_some());
    let is_waited_for = is_me
        || is_found.is_some()
        || model.screens_mut().any(|screen| screen.response(ticket, response, height));
    if !is_waited_for {
        return Vec::new();
    }
    match response {
        Ok(Response::Me(me)) if is_me => got_me(model, me),
        Ok(Response::User(user)) => match is_found {
            Some((_, to)) => super::actions::go(model, to.place_of(user.id)),
            None => Vec::new(),
        },
        Ok(Response::Nobody(email)) => {
            model.say(
                StyleRole::Warn,
                format!("nobody has the e-mail {}", crate::terminal::text::escaped(email)),
            );
            Vec::new()
        }
        Ok(Response::Metrics(Some(_))) if had_no_figures => {
            // What was said about the error would stay until the next key.
            model.say(StyleRole::Good, "the server answers again");
            Vec::new()
        }
        Ok(_) => Vec::new(),
        Err(error) => {
            failed(model, error);
            Vec::new()
        }
    }
}

/// Notes what went wrong; asks for a login where that mends it.
pub(super) fn failed(model: &mut Model, error: &ConsoleError) {
    if error.kind == Kind::PasswordChangeRequired {
        return super::opening::require_password(model);
    }
    // Lists say themselves what they wait for.
    model.complain(error);
    if !error.wants_login() || model.link == LinkState::Closed {
        return;
    }
    model.link = LinkState::Closed;
    if !matches!(model.overlay, Some(Overlay::Login(_))) {
        let email = model.me.as_ref().map(|me| me.email.as_str().to_owned()).unwrap_or_default();
        let reason = match error.kind {
            Kind::Revoked => "Your login was ended, or has run out. What you see stays until you are back.",
            _ => "Your login has ended. What you see stays until you are back.",
        };
        let form = LoginForm::new(&model.server, &email, Some(reason.to_owned()));
        model.below.extend(model.overlay.replace(Overlay::Login(Box::new(form))));
    }
}

fn logged_in(model: &mut Model, response: &Result<Response, ConsoleError>) -> Vec<Effect> {
    let user = match response {
        Ok(Response::LoggedIn(user)) => user,
        Ok(_) => return Vec::new(),
        Err(error) => {
            model.complain(error);
            model.notice = None;
            if let Some(Overlay::Login(form)) = &mut model.overlay {
                form.error = Some(error.clone());
            }
            return Vec::new();
        }
    };
    if let Some(Overlay::Login(form)) = model.overlay.take() {
        form.server.text().clone_into(&mut model.server);
    }
    // Another person must not see what the one before saw.
    if model.me.as_ref().is_some_and(|before| before.id != user.id) {
        model.screen = Screen::table_of(Collection::PEOPLE);
        (model.back, model.forward, model.below) = (Vec::new(), Vec::new(), Vec::new());
        (model.undo, model.redo) = (Vec::new(), Vec::new());
        (model.drafts, model.failed) = (Vec::new(), None);
        // What was under way for them neither opens nor goes on in the name of another.
        (model.opening, model.finding, model.work) = (None, None, None);
        model.names = crate::client::names::Names::default();
    }
    // Whether this login still requires it, its first answers say.
    model.below.retain(|overlay| !matches!(overlay, Overlay::Form(form) if form.is_required));
    model.overlay = model.below.pop();
    model.say(StyleRole::Good, format!("logged in as {}", crate::terminal::text::shown(&user.name)));
    let mut effects = got_me(model, user);
    model.screens_mut().for_each(Screen::try_again);
    // The response said who it is.
    effects.extend(connect(model).into_iter().filter(|effect| matches!(effect, Effect::Watch)));
    model.asked_me = None;
    effects
}

fn got_me(model: &mut Model, me: &User) -> Vec<Effect> {
    model.names.hear(me);
    let is_new = model.me.replace(me.clone()).is_none_or(|before| before.id != me.id);
    let sees_people = me.role != Role::Member;
    if let Screen::Table(table) = &model.screen
        && table.collection == Collection::PEOPLE
        && !sees_people
        && model.back.is_empty()
    {
        model.screen = Screen::table_of(Collection::RESUMES);
    }
    let recall = Effect::LoadState { server: model.server.clone(), who: me.id };
    let mut effects: Vec<_> = is_new.then_some(recall).into_iter().collect();
    if std::mem::take(&mut model.wants_my_sessions) {
        model.notice = None;
        effects.extend(super::actions::go(model, Location::MySessions));
    }
    effects
}

/// Takes in what an earlier console of the same person left behind.
pub(super) fn recalled(model: &mut Model, kept: StoredState) -> Vec<Effect> {
    let StoredState { drafts, undo, unreadable } = kept;
    for path in unreadable {
        let path = crate::terminal::text::escaped(&path);
        model.say(StyleRole::Warn, format!("cannot read {path}; the file is kept"));
    }
    if !drafts.is_empty() {
        let (count, key) = (drafts.len(), model.keymap.key_text(Action::Drafts));
        let what = if count == 1 { "something was written" } else { "several things were written" };
        model.say(StyleRole::Warn, format!("{what} before and not saved · {key} shows it"));
    }
    model.drafts.extend(drafts);
    // What was done since the console opened is younger.
    model.undo.splice(0..0, undo);
    Vec::new()
}

/// What a person is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    Person,
    Resumes,
}

impl Finding {
    fn place_of(self, id: vitae_sdk::UserId) -> Location {
        match self {
            Self::Person => Location::Person(id),
            Self::Resumes => Location::List {
                collection: Collection::Resumes { owner: Some(id), tag: None, deleted: false },
                query: String::new(),
                sort: None,
                seek: None,
            },
        }
    }
}
