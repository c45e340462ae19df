//! What is written on, by whom, and how a form on it opens.

use vitae_sdk::{ResumeId, Role, User, UserId};

use super::{editing, saving};
use crate::app::access::Access;
use crate::app::action::Action;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::client::collection::Collection;
use crate::client::error::ConsoleError;
use crate::client::request::{Request, Response, Ticket};
use crate::client::row::{Row, RowId};
use crate::overlays::Overlay;
use crate::overlays::form::Form;
use crate::persistence::undo::Origin;
use crate::screens::Screen;
use crate::widgets::text_viewer::Print;
use vitae_sdk_workspace::{Base, Draft, Kind};

/// What is read before a form can open.
#[derive(Debug, Clone)]
pub(crate) enum Opening {
    /// The object, to be changed in a form.
    Form,
    /// A resume, whose document goes to the editor.
    Editor,
    /// The object as it is, and was, to undo or redo an edit.
    Replay(Origin),
}

/// What an action would write on.
#[derive(Debug, Clone)]
pub(crate) enum Writing {
    /// A person as the list has them.
    Person(Box<User>),
    /// A resume, whose document is to be read.
    Resume(ResumeId),
    NewPerson,
    NewResume(Option<(UserId, String)>),
    /// Whose password; none for one's own.
    Password(Option<(UserId, String)>),
}

/// What an action would write on here, if anything.
pub(crate) fn subject(model: &Model, action: Action) -> Option<Writing> {
    match action {
        Action::New => new_subject(&model.screen),
        Action::Password => password_subject(model),
        Action::EditDocument => resume_here(&model.screen).map(Writing::Resume),
        Action::Edit => match (resume_here(&model.screen), person_here(&model.screen)) {
            (Some(id), _) => Some(Writing::Resume(id)),
            (None, Some(user)) => Some(Writing::Person(Box::new(user.clone()))),
            (None, None) => None,
        },
        _ => None,
    }
}

fn new_subject(screen: &Screen) -> Option<Writing> {
    if let Screen::Person(person) = screen {
        let user = person.user().filter(|user| user.deleted_at.is_none())?;
        return Some(Writing::NewResume(Some((user.id, crate::terminal::text::shown(&user.name)))));
    }
    match &screen.table()?.collection {
        Collection::Users { deleted: false, .. } => Some(Writing::NewPerson),
        Collection::Resumes { owner: None, deleted: false, .. } => Some(Writing::NewResume(None)),
        _ => None,
    }
}

fn password_subject(model: &Model) -> Option<Writing> {
    let me = model.me.as_ref().map(|me| me.id);
    match person_here(&model.screen) {
        Some(user) if Some(user.id) != me => {
            Some(Writing::Password(Some((user.id, crate::terminal::text::shown(&user.name)))))
        }
        Some(_) => Some(Writing::Password(None)),
        None => matches!(model.screen.table()?.collection, Collection::Sessions(of) if Some(of) == me)
            .then_some(Writing::Password(None)),
    }
}

/// The resume under the cursor, or the one that is read; none that is deleted.
fn resume_here(screen: &Screen) -> Option<ResumeId> {
    if let Screen::Reader(reader) = screen {
        let Some(Print::Resume(resume)) = reader.viewer.print() else { return None };
        return resume.deleted_at.is_none().then_some(resume.id);
    }
    match screen.table()?.current()? {
        Row::Resume(resume) if resume.deleted_at.is_none() => Some(resume.id),
        _ => None,
    }
}

/// The person under the cursor, or the one whose screen it is; none that is deleted.
fn person_here(screen: &Screen) -> Option<&User> {
    let user = match (screen, screen.table().and_then(|table| table.current())) {
        (_, Some(Row::User(user))) => Some(&**user),
        (Screen::Person(person), _) => person.user(),
        _ => None,
    };
    user.filter(|user| user.deleted_at.is_none())
}

/// Opens what the action writes with, or reads what it needs first.
pub(super) fn begin(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(subject) = subject(model, action) else { return Vec::new() };
    let key = model.new_key();
    match subject {
        Writing::Person(user) => {
            let draft = kept(model, RowId::User(user.id));
            let name = crate::terminal::text::shown(&user.name);
            let base = Base::of_user(&user);
            open(model, draft.unwrap_or_else(|| Draft::on(Kind::Person, key, model.now, name, base)))
        }
        Writing::NewPerson => open(model, Draft::new(Kind::NewPerson, key, model.now, None)),
        Writing::NewResume(owner) => open(model, Draft::new(Kind::NewResume, key, model.now, owner)),
        Writing::Password(None) => open(model, Draft::new(Kind::OwnPassword, key, model.now, None)),
        Writing::Password(owner) => open(model, Draft::new(Kind::Password, key, model.now, owner)),
        Writing::Resume(id) => {
            let opening = if action == Action::EditDocument { Opening::Editor } else { Opening::Form };
            match kept(model, RowId::Resume(id)) {
                Some(draft) => open_as(model, draft, &opening),
                None => read(model, Request::Resume(id), opening),
            }
        }
    }
}

/// Reads what a form needs.
pub(super) fn read(model: &mut Model, request: Request, opening: Opening) -> Vec<Effect> {
    let ticket = model.tickets.next();
    let mut effects = Vec::new();
    effects.extend(model.opening.replace((ticket, opening)).map(|(before, _)| Effect::Cancel(before)));
    effects.push(Effect::Send(ticket, request));
    effects
}

/// Takes in what a form needed; tells whether somebody waited for it.
pub(super) fn response(
    model: &mut Model,
    ticket: Ticket,
    response: &Result<Response, ConsoleError>,
) -> Option<Vec<Effect>> {
    let (_, opening) = model.opening.take_if(|(asked, _)| *asked == ticket)?;
    Some(match (response, opening) {
        (Ok(response), Opening::Replay(origin)) => saving::take_back(model, origin, response),
        (Ok(Response::Resume(resume)), opening) => {
            let (name, key) = (crate::terminal::text::shown(&resume.title), model.new_key());
            let draft = Draft::on(Kind::Resume, key, model.now, name, Base::of_resume(resume));
            open_as(model, draft, &opening)
        }
        (Ok(_), _) => Vec::new(),
        (Err(error), _) => {
            super::responses::failed(model, error);
            Vec::new()
        }
    })
}

/// The draft that was left behind for an object.
fn kept(model: &Model, id: RowId) -> Option<Draft> {
    let is_of = |draft: &&Draft| draft.base.as_ref().is_some_and(|base| RowId::from(base.id) == id);
    model.drafts.iter().find(is_of).cloned()
}

fn open_as(model: &mut Model, draft: Draft, opening: &Opening) -> Vec<Effect> {
    let effects = open(model, draft);
    match (opening, &mut model.overlay) {
        (Opening::Editor, Some(Overlay::Form(form))) => editing::to_editor(&mut model.tickets, form),
        _ => effects,
    }
}

/// Opens a form; one that goes on with a draft says so.
pub(super) fn open(model: &mut Model, draft: Draft) -> Vec<Effect> {
    let is_known = model.drafts.iter().any(|known| known.key == draft.key);
    let mut form = Form::new(draft);
    if is_known {
        let at = crate::terminal::text::minute(form.draft.at);
        form.note = Some(format!("This goes on with what was written on {at} and not saved."));
    }
    model.overlay = Some(Overlay::Form(Box::new(form)));
    Vec::new()
}

/// Opens the form for a generated password that must be changed, over what is there; once.
pub(super) fn require_password(model: &mut Model) {
    let is_required = |overlay: &Overlay| matches!(overlay, Overlay::Form(form) if form.is_required);
    if model.overlay.iter().chain(&model.below).any(is_required) {
        return;
    }
    let key = model.new_key();
    let mut form = Form::new(Draft::new(Kind::OwnPassword, key, model.now, None));
    form.is_required = true;
    form.note = Some(
        "This account has a generated password. Choose your own; everything else opens then.".to_owned(),
    );
    model.below.extend(model.overlay.replace(Overlay::Form(Box::new(form))));
}

/// Whether the role lets somebody write this.
pub(crate) fn may_write(model: &Model, subject: &Writing) -> Access {
    use Access::{Denied, Yes};
    if model.is_read_only {
        return Denied("the console is read-only now");
    }
    let me = model.me.as_ref().map(|me| me.id);
    let is_me = |id: UserId| Some(id) == me;
    match (model.role(), subject) {
        (None | Some(Role::Admin), _) | (_, Writing::Password(None)) => Yes,
        (_, Writing::Person(user)) if is_me(user.id) => Yes,
        (_, Writing::Person(_) | Writing::NewPerson | Writing::Password(_)) => Denied("needs the role admin"),
        (Some(Role::Viewer), _) => Denied("needs the role editor or admin"),
        _ => Yes,
    }
}
