//! Events of the server and the state of the connection.

use super::feedback;
use crate::app::message::{About, Link, LiveUpdate};
use crate::app::model::Model;
use crate::app::session::LinkState;
use crate::client::collection::Collection;
use crate::client::row::Row;
use crate::terminal::theme::StyleRole;
use crate::widgets::table::Table;

/// Shows an event where its object is shown; new rows wait until the user reloads.
pub(super) fn apply(model: &mut Model, update: &LiveUpdate) {
    let row = match &update.about {
        About::User(user) => Some(Row::User(user.clone())),
        About::Resume(resume) => Some(Row::Resume(resume.clone())),
        About::Session | About::Other => None,
    };
    if let About::User(user) = &update.about {
        model.names.record(user);
        if let Some(me) = model.session.me.as_mut().filter(|me| me.id == user.id) {
            me.clone_from(user);
        }
    }
    let is_purged = update.subject.ends_with(".purged");
    for screen in model.navigation.screens_mut() {
        if let Some(row) = &row {
            screen.patch(row);
        }
        for table in screen.tables_mut() {
            if let Some(row) = row.as_ref().filter(|_| is_purged) {
                table.drop_row(row);
            }
            if is_behind(table, update, row.as_ref()) {
                table.fall_behind(row.as_ref().map(Row::id));
            }
        }
    }
}

/// Applies the state of the event stream.
pub(super) fn link(model: &mut Model, link: Link) {
    match link {
        Link::Up | Link::Gap => {
            let was_lost = model.session.link == LinkState::Lost;
            model.session.link = LinkState::Live;
            if was_lost {
                model.say(StyleRole::Good, "reconnected");
                model.names.retry();
                model.navigation.screens_mut().for_each(|screen| screen.retry());
            }
            if matches!(link, Link::Gap) {
                model.screen_mut().reload();
            }
        }
        Link::Down if model.session.link == LinkState::Live => {
            model.session.link = LinkState::Lost;
            model.say(StyleRole::Warn, "connection lost; reconnecting");
        }
        Link::Down => {}
        Link::Ended(error) => {
            feedback::failed(model, &error);
            if model.session.link != LinkState::Closed {
                model.session.link = LinkState::Failed(error);
            }
        }
    }
}

/// Whether a list would show something else if it were read now, beyond what is patched in place.
fn is_behind(table: &Table, update: &LiveUpdate, row: Option<&Row>) -> bool {
    let is = |verb: &str| update.subject.ends_with(verb);
    let came = is(".created") || is(".restored");
    match (&table.collection, row) {
        (Collection::Users { deleted, .. }, Some(Row::User(_))) => {
            if *deleted {
                is(".deleted")
            } else {
                came
            }
        }
        (Collection::Resumes { owner, deleted, .. }, Some(Row::Resume(resume))) => {
            let is_theirs = owner.is_none_or(|owner| owner == resume.owner.id);
            is_theirs && if *deleted { is(".deleted") } else { came }
        }
        (Collection::Revisions(id), Some(Row::Resume(resume))) => *id == resume.id,
        (Collection::Sessions(_), None) => matches!(update.about, About::Session),
        (Collection::Audit { actor: None, object: None }, _) => update.subject.starts_with(&table.query),
        _ => false,
    }
}
