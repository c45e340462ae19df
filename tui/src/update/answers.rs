//! What answers of the server do.

use vitae_sdk::{Role, User};

use super::connect;
use crate::effect::Effect;
use crate::layout;
use crate::model::{LinkState, Model};
use crate::overlay::{LoginForm, Overlay};
use crate::place::Place;
use crate::request::{Answer, Ticket};
use crate::screen::Screen;
use crate::source::Source;
use crate::theme::Ink;
use crate::trouble::{Kind, Trouble};

/// Gives an answer to whoever asked; nobody may want it any more.
pub(super) fn answer(model: &mut Model, ticket: Ticket, answer: &Result<Answer, Trouble>) -> Vec<Effect> {
    if let Some(Overlay::Login(form)) = &mut model.overlay
        && form.asked == Some(ticket)
    {
        form.asked = None;
        return logged_in(model, answer);
    }
    if let Some(effects) = super::work::answer(model, ticket, answer) {
        return effects;
    }
    let is_me = model.asked_me.take_if(|asked| *asked == ticket).is_some();
    let is_found = model.finding.take_if(|(asked, _)| *asked == ticket);
    let height = layout::areas(model).height();
    let is_waited_for = is_me
        || is_found.is_some()
        || model.screens_mut().any(|screen| screen.answer(ticket, answer, height));
    if !is_waited_for {
        return Vec::new();
    }
    match answer {
        Ok(Answer::Me(me)) if is_me => {
            got_me(model, me);
            Vec::new()
        }
        Ok(Answer::User(user)) => match is_found {
            Some((_, to)) => super::acts::go(model, to.place_of(user.id)),
            None => Vec::new(),
        },
        Ok(Answer::Nobody(email)) => {
            model.say(Ink::Warn, format!("nobody has the e-mail {}", crate::text::escaped(email)));
            Vec::new()
        }
        Ok(_) => Vec::new(),
        Err(trouble) => {
            failed(model, trouble);
            Vec::new()
        }
    }
}

/// Notes what went wrong; asks for a login where that mends it.
pub(super) fn failed(model: &mut Model, trouble: &Trouble) {
    // Lists say themselves what they wait for.
    model.complain(trouble);
    if !trouble.wants_login() || model.link == LinkState::Closed {
        return;
    }
    model.link = LinkState::Closed;
    if !matches!(model.overlay, Some(Overlay::Login(_))) {
        let email = model.me.as_ref().map(|me| me.email.as_str().to_owned()).unwrap_or_default();
        let reason = match trouble.kind {
            Kind::Revoked => "Your login was ended, or has run out. What you see stays until you are back.",
            _ => "Your login has ended. What you see stays until you are back.",
        };
        let form = LoginForm::new(&model.server, &email, Some(reason.to_owned()));
        model.overlay = Some(Overlay::Login(Box::new(form)));
    }
}

fn logged_in(model: &mut Model, answer: &Result<Answer, Trouble>) -> Vec<Effect> {
    let user = match answer {
        Ok(Answer::LoggedIn(user)) => user,
        Ok(_) => return Vec::new(),
        Err(trouble) => {
            model.complain(trouble);
            model.notice = None;
            if let Some(Overlay::Login(form)) = &mut model.overlay {
                form.trouble = Some(trouble.clone());
            }
            return Vec::new();
        }
    };
    if let Some(Overlay::Login(form)) = model.overlay.take() {
        form.server.text().clone_into(&mut model.server);
    }
    // Another person must not see what the one before saw.
    if model.me.as_ref().is_some_and(|before| before.id != user.id) {
        model.screen = Screen::table_of(Source::PEOPLE);
        (model.back, model.forward) = (Vec::new(), Vec::new());
    }
    model.say(Ink::Good, format!("logged in as {}", crate::text::shown(&user.name)));
    got_me(model, user);
    model.screens_mut().for_each(Screen::try_again);
    let mut effects = connect(model);
    // The answer said who it is.
    effects.retain(|effect| matches!(effect, Effect::Watch));
    model.asked_me = None;
    effects
}

fn got_me(model: &mut Model, me: &User) {
    model.me = Some(me.clone());
    let sees_people = me.role != Role::Member;
    if let Screen::Table(table) = &model.screen
        && table.source == Source::PEOPLE
        && !sees_people
        && model.back.is_empty()
    {
        model.screen = Screen::table_of(Source::RESUMES);
    }
}

/// What a person is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    Person,
    Resumes,
}

impl Finding {
    fn place_of(self, id: vitae_sdk::UserId) -> Place {
        match self {
            Self::Person => Place::Person(id),
            Self::Resumes => Place::List {
                source: Source::Resumes { owner: Some(id), tag: None, deleted: false },
                query: String::new(),
                sort: None,
                seek: None,
            },
        }
    }
}
