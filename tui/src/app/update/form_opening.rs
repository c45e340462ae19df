//! Opening of forms: what an action edits, and who may edit it.

use vitae_sdk::{ResumeId, Role, User, UserId};
use vitae_sdk_workspace::{Base, Draft, Kind};

use super::{external_editor, saving};
use crate::app::access::Access;
use crate::app::action_kind::WriteAction;
use crate::app::effect::Effect;
use crate::app::form_opening::FormOpening;
use crate::app::model::Model;
use crate::client::collection::Collection;
use crate::client::error::ConsoleError;
use crate::client::request::{Request, Response};
use crate::client::row::{Row, RowId};
use crate::client::ticket::{FormObject, Requester};
use crate::overlays::Overlay;
use crate::overlays::form::Form;
use crate::screens::screen::Screen;
use crate::screens::selection::Selection;
use crate::terminal::text::shown;

/// The object that an action edits.
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

/// Returns the object that an action would write on here.
pub(crate) fn subject(model: &Model, action: WriteAction) -> Option<Writing> {
    let screen = model.screen();
    match action {
        WriteAction::New => new_subject(screen),
        WriteAction::Password => password_subject(model),
        WriteAction::Document => screen.selection().live_resume_id().map(Writing::Resume),
        WriteAction::Edit => match screen.selection().live_resume_id() {
            Some(id) => Some(Writing::Resume(id)),
            None => person_here(screen).map(|user| Writing::Person(Box::new(user.clone()))),
        },
    }
}

fn new_subject(screen: &dyn Screen) -> Option<Writing> {
    if let Some((_, user)) = screen.person() {
        let user = user.filter(|user| user.deleted_at.is_none())?;
        return Some(Writing::NewResume(Some((user.id, shown(&user.name)))));
    }
    match &screen.table()?.collection {
        Collection::Users { deleted: false, .. } => Some(Writing::NewPerson),
        Collection::Resumes { owner: None, deleted: false, .. } => Some(Writing::NewResume(None)),
        Collection::Users { .. }
        | Collection::Resumes { .. }
        | Collection::Revisions(_)
        | Collection::Sessions(_)
        | Collection::Audit { .. } => None,
    }
}

fn password_subject(model: &Model) -> Option<Writing> {
    let me = model.session.my_id();
    match person_here(model.screen()) {
        Some(user) if Some(user.id) != me => Some(Writing::Password(Some((user.id, shown(&user.name))))),
        Some(_) => Some(Writing::Password(None)),
        None => matches!(model.screen().table()?.collection, Collection::Sessions(of) if Some(of) == me)
            .then_some(Writing::Password(None)),
    }
}

/// Returns the person at the cursor, or the person whose screen is shown; none that is deleted.
fn person_here(screen: &dyn Screen) -> Option<&User> {
    let user = match screen.selection() {
        Selection::Row(Row::User(user)) => Some(&**user),
        Selection::Row(_) | Selection::Resume(..) | Selection::Change(..) | Selection::Nothing => {
            screen.person().and_then(|(_, user)| user)
        }
    };
    user.filter(|user| user.deleted_at.is_none())
}

/// Opens what the action writes with, or reads what it needs first.
pub(super) fn begin(model: &mut Model, action: WriteAction) -> Vec<Effect> {
    let Some(subject) = subject(model, action) else { return Vec::new() };
    let key = model.new_key();
    match subject {
        Writing::Person(user) => {
            let draft = kept(model, RowId::User(user.id));
            let name = shown(&user.name);
            let base = Base::of_user(&user);
            open(model, draft.unwrap_or_else(|| Draft::on(Kind::Person, key, model.now, name, base)))
        }
        Writing::NewPerson => open(model, Draft::new(Kind::NewPerson, key, model.now, None)),
        Writing::NewResume(owner) => open(model, Draft::new(Kind::NewResume, key, model.now, owner)),
        Writing::Password(None) => open(model, Draft::new(Kind::OwnPassword, key, model.now, None)),
        Writing::Password(owner) => open(model, Draft::new(Kind::Password, key, model.now, owner)),
        Writing::Resume(id) => {
            let opening =
                if action == WriteAction::Document { FormOpening::Editor } else { FormOpening::Form };
            match kept(model, RowId::Resume(id)) {
                Some(draft) => open_as(model, draft, &opening),
                None => read(model, Request::Resume(id), opening),
            }
        }
    }
}

/// Reads what a form needs.
pub(super) fn read(model: &mut Model, request: Request, opening: FormOpening) -> Vec<Effect> {
    let pending = model.tickets.issuer(Requester::FormOpening).next();
    let before = model.form_opening.replace((pending, opening));
    let cancel = before.map(|(before, _)| Effect::Cancel(before.ticket()));
    cancel.into_iter().chain([Effect::Send(pending.ticket(), request)]).collect()
}

/// Opens the form whose object was read.
pub(super) fn response(model: &mut Model, response: Result<Response, ConsoleError>) -> Vec<Effect> {
    let Some((pending, opening)) = model.form_opening.take() else { return Vec::new() };
    match (pending.open(response), opening) {
        (Ok(object), FormOpening::Replay(origin)) => saving::take_back(model, origin, object),
        (Ok(FormObject::Resume(resume)), opening @ (FormOpening::Form | FormOpening::Editor)) => {
            let (name, key) = (shown(&resume.title), model.new_key());
            let draft = Draft::on(Kind::Resume, key, model.now, name, Base::of_resume(&resume));
            open_as(model, draft, &opening)
        }
        (Ok(FormObject::User(_) | FormObject::Before(_)), FormOpening::Form | FormOpening::Editor) => {
            Vec::new()
        }
        (Err(error), _) => {
            super::feedback::failed(model, &error);
            Vec::new()
        }
    }
}

/// The draft that was left behind for an object.
fn kept(model: &Model, id: RowId) -> Option<Draft> {
    let is_of = |draft: &&Draft| draft.base.as_ref().is_some_and(|base| RowId::from(base.id) == id);
    model.drafts.iter().find(is_of).cloned()
}

fn open_as(model: &mut Model, draft: Draft, opening: &FormOpening) -> Vec<Effect> {
    let effects = open(model, draft);
    match (opening, &mut model.overlays.current) {
        (FormOpening::Editor, Some(Overlay::Form(form))) => {
            external_editor::to_editor(&mut model.tickets, form)
        }
        _ => effects,
    }
}

/// Opens a form; one that goes on with a draft says so.
pub(super) fn open(model: &mut Model, draft: Draft) -> Vec<Effect> {
    let is_known = model.drafts.iter().any(|known| known.key == draft.key);
    let mut form = Form::new(draft);
    if is_known {
        let at = crate::terminal::text::minute(form.draft.at);
        form.note = Some(format!("This continues your unsaved draft of {at}."));
    }
    model.overlays.current = Some(Overlay::Form(Box::new(form)));
    Vec::new()
}

/// Whether the user's role allows this edit.
pub(crate) fn may_write(model: &Model, subject: &Writing) -> Access {
    use Access::{Denied, Yes};
    if model.session.is_read_only {
        return Denied("the console is read-only");
    }
    let me = model.session.my_id();
    let is_me = |id: UserId| Some(id) == me;
    match (model.session.role(), subject) {
        (None | Some(Role::Admin), _) | (_, Writing::Password(None)) => Yes,
        (_, Writing::Person(user)) if is_me(user.id) => Yes,
        (_, Writing::Person(_) | Writing::NewPerson | Writing::Password(_)) => {
            Denied("requires the role admin")
        }
        (Some(Role::Viewer), _) => Denied("requires the role editor or admin"),
        _ => Yes,
    }
}
