//! The screens, one module each.

pub(crate) mod health;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod organisation;
pub(crate) mod person;
pub(crate) mod resume;
pub(crate) mod screen;
pub(crate) mod selection;

use vitae_sdk::UserId;

use crate::app::location::Location;
use crate::client::collection::Collection;
use crate::screens::health::state::Health;
use crate::screens::list::List;
use crate::screens::log::Log;
use crate::screens::organisation::state::Organisation;
use crate::screens::person::state::Person;
use crate::screens::resume::state::Reader;
use crate::screens::screen::Screen;
use crate::widgets::text_viewer::Subject;

/// Returns the screen at a location; none for a location that the server or the session must resolve first.
pub(crate) fn open(location: Location, me: Option<UserId>) -> Option<Box<dyn Screen>> {
    Some(match location {
        Location::List { collection, query, sort, seek } => {
            let mut list = List::new(collection);
            (list.table.query, list.table.seek) = (query, seek);
            list.table.sort = sort.or(list.table.sort);
            Box::new(list)
        }
        Location::MySessions => list(Collection::Sessions(me?)),
        Location::Person(id) => Box::new(Person::new(id)),
        Location::Resume(id) => Box::new(Reader::new(Subject::Resume(id, 0))),
        Location::Change(id, from, to) => Box::new(Reader::new(Subject::Change(id, from, to))),
        Location::Health => Box::new(Health::new()),
        Location::Organisation => Box::new(Organisation::default()),
        Location::Log => Box::new(Log::default()),
        Location::PersonByEmail(_) | Location::ResumesOf(_) => return None,
    })
}

/// Returns the screen of a collection.
pub(crate) fn list(collection: Collection) -> Box<dyn Screen> {
    Box::new(List::new(collection))
}
