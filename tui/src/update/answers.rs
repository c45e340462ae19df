//! What answers of the server do.

use vitae_sdk::{Role, User};

use super::connect;
use crate::action::Action;
use crate::effect::Effect;
use crate::keep::Kept;
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
    let taken = super::work::answer(model, ticket, answer)
        .or_else(|| super::saving::answer(model, ticket, answer))
        .or_else(|| super::opening::answer(model, ticket, answer));
    if let Some(effects) = taken {
        return effects;
    }
    if model.names.answer(ticket, answer) {
        return Vec::new();
    }
    let is_me = model.asked_me.take_if(|asked| *asked == ticket).is_some();
    let is_found = model.finding.take_if(|(asked, _)| *asked == ticket);
    let height = layout::areas(model).height();
    let had_no_figures = matches!(&model.screen, Screen::Pulses(pulses) if pulses.trouble.is_some());
    let is_waited_for = is_me
        || is_found.is_some()
        || model.screens_mut().any(|screen| screen.answer(ticket, answer, height));
    if !is_waited_for {
        return Vec::new();
    }
    match answer {
        Ok(Answer::Me(me)) if is_me => got_me(model, me),
        Ok(Answer::User(user)) => match is_found {
            Some((_, to)) => super::acts::go(model, to.place_of(user.id)),
            None => Vec::new(),
        },
        Ok(Answer::Nobody(email)) => {
            model.say(Ink::Warn, format!("nobody has the e-mail {}", crate::text::escaped(email)));
            Vec::new()
        }
        Ok(Answer::Figures(Some(_))) if had_no_figures => {
            // What was said about the trouble would stay until the next key.
            model.say(Ink::Good, "the server answers again");
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
    if trouble.kind == Kind::PasswordChangeRequired {
        return super::opening::require_password(model);
    }
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
        model.below.extend(model.overlay.replace(Overlay::Login(Box::new(form))));
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
        (model.back, model.forward, model.below) = (Vec::new(), Vec::new(), Vec::new());
        (model.undo, model.redo) = (Vec::new(), Vec::new());
        (model.drafts, model.failed) = (Vec::new(), None);
        // What was under way for them neither opens nor goes on in the name of another.
        (model.opening, model.finding, model.work) = (None, None, None);
        model.names = crate::names::Names::default();
    }
    // Whether this login still requires it, its first answers say.
    model.below.retain(|overlay| !matches!(overlay, Overlay::Form(form) if form.is_required));
    model.overlay = model.below.pop();
    model.say(Ink::Good, format!("logged in as {}", crate::text::shown(&user.name)));
    let mut effects = got_me(model, user);
    model.screens_mut().for_each(Screen::try_again);
    // The answer said who it is.
    effects.extend(connect(model).into_iter().filter(|effect| matches!(effect, Effect::Watch)));
    model.asked_me = None;
    effects
}

fn got_me(model: &mut Model, me: &User) -> Vec<Effect> {
    model.names.hear(me);
    let is_new = model.me.replace(me.clone()).is_none_or(|before| before.id != me.id);
    let sees_people = me.role != Role::Member;
    if let Screen::Table(table) = &model.screen
        && table.source == Source::PEOPLE
        && !sees_people
        && model.back.is_empty()
    {
        model.screen = Screen::table_of(Source::RESUMES);
    }
    let recall = Effect::Recall { server: model.server.clone(), who: me.id };
    let mut effects: Vec<_> = is_new.then_some(recall).into_iter().collect();
    if std::mem::take(&mut model.wants_my_sessions) {
        model.notice = None;
        effects.extend(super::acts::go(model, Place::MySessions));
    }
    effects
}

/// Takes in what an earlier console of the same person left behind.
pub(super) fn recalled(model: &mut Model, kept: Kept) -> Vec<Effect> {
    let Kept { drafts, undo } = kept;
    if !drafts.is_empty() {
        let (count, key) = (drafts.len(), model.keymap.key_text(Action::Drafts));
        let what = if count == 1 { "something was written" } else { "several things were written" };
        model.say(Ink::Warn, format!("{what} before and not saved · {key} shows it"));
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
