//! What happens at the server, and how the connection to it fares.

use super::responses;
use crate::app::effect::Effect;
use crate::app::message::{About, Link, LiveUpdate};
use crate::app::model::{LinkState, Model};
use crate::client::collection::Collection;
use crate::client::row::Row;
use crate::screens::Screen;
use crate::terminal::theme::StyleRole;
use crate::widgets::table::Table;

/// Shows an event where its object stands; what is new waits until somebody reads again.
pub(super) fn happened(model: &mut Model, news: &LiveUpdate) -> Vec<Effect> {
    let row = match &news.about {
        About::User(user) => Some(Row::User(user.clone())),
        About::Resume(resume) => Some(Row::Resume(resume.clone())),
        About::Session | About::Other => None,
    };
    if let About::User(user) = &news.about {
        model.names.hear(user);
    }
    if let About::User(user) = &news.about
        && let Some(me) = model.me.as_mut().filter(|me| me.id == user.id)
    {
        me.clone_from(user);
    }
    for screen in model.screens_mut() {
        if let Some(row) = &row {
            screen.patch(row);
        }
        if let Some(row) = row.as_ref().filter(|_| news.subject.ends_with(".purged")) {
            screen.tables_mut().iter_mut().for_each(|table| table.drop_row(row));
        }
        for table in screen.tables_mut().iter_mut().filter(|table| is_behind(table, news, row.as_ref())) {
            table.fall_behind(row.as_ref().map(Row::id));
        }
    }
    Vec::new()
}

/// Takes in how the stream of events fares.
pub(super) fn link(model: &mut Model, link: Link) -> Vec<Effect> {
    match link {
        Link::Up | Link::Gap => {
            let was_lost = model.link == LinkState::Lost;
            model.link = LinkState::Live;
            if was_lost {
                model.say(StyleRole::Good, "connected again");
                model.names.try_again();
                model.screens_mut().for_each(Screen::try_again);
            }
            if matches!(link, Link::Gap) {
                model.screen.reload();
            }
        }
        Link::Down if model.link == LinkState::Live => {
            model.link = LinkState::Lost;
            model.say(StyleRole::Warn, "the connection is lost; it is being made again");
        }
        Link::Down => {}
        Link::Ended(error) => {
            responses::failed(model, &error);
            if model.link != LinkState::Closed {
                model.link = LinkState::Failed(error);
            }
        }
    }
    Vec::new()
}

/// Whether a list would show something else if it were read now, beyond what is patched in place.
fn is_behind(table: &Table, news: &LiveUpdate, row: Option<&Row>) -> bool {
    let is = |verb: &str| news.subject.ends_with(verb);
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
        (Collection::Sessions(_), None) => matches!(news.about, About::Session),
        (Collection::Audit { actor: None, object: None }, _) => news.subject.starts_with(&table.query),
        _ => false,
    }
}
