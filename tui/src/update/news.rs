//! What happens at the server, and how the connection to it fares.

use super::answers;
use crate::effect::Effect;
use crate::message::{About, Link, News};
use crate::model::{LinkState, Model};
use crate::row::Row;
use crate::screen::Screen;
use crate::source::Source;
use crate::table::Table;
use crate::theme::Ink;

/// Shows an event where its object stands; what is new waits until somebody reads again.
pub(super) fn happened(model: &mut Model, news: &News) -> Vec<Effect> {
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
                model.say(Ink::Good, "connected again");
                model.names.try_again();
                model.screens_mut().for_each(Screen::try_again);
            }
            if matches!(link, Link::Gap) {
                model.screen.reload();
            }
        }
        Link::Down if model.link == LinkState::Live => {
            model.link = LinkState::Lost;
            model.say(Ink::Warn, "the connection is lost; it is being made again");
        }
        Link::Down => {}
        Link::Ended(trouble) => {
            answers::failed(model, &trouble);
            if model.link != LinkState::Closed {
                model.link = LinkState::Failed(trouble);
            }
        }
    }
    Vec::new()
}

/// Whether a list would show something else if it were read now, beyond what is patched in place.
fn is_behind(table: &Table, news: &News, row: Option<&Row>) -> bool {
    let is = |verb: &str| news.subject.ends_with(verb);
    let came = is(".created") || is(".restored");
    match (&table.source, row) {
        (Source::Users { deleted, .. }, Some(Row::User(_))) => {
            if *deleted {
                is(".deleted")
            } else {
                came
            }
        }
        (Source::Resumes { owner, deleted, .. }, Some(Row::Resume(resume))) => {
            let is_theirs = owner.is_none_or(|owner| owner == resume.owner.id);
            is_theirs && if *deleted { is(".deleted") } else { came }
        }
        (Source::Revisions(id), Some(Row::Resume(resume))) => *id == resume.id,
        (Source::Sessions(_), None) => matches!(news.about, About::Session),
        (Source::Audit { actor: None, object: None }, _) => news.subject.starts_with(&table.query),
        _ => false,
    }
}
