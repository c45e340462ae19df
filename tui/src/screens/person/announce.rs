//! A person's screen for a screen reader.

use crate::screen_reader::{Speech, plain};
use crate::screens::list::announce_table;
use crate::screens::person::state::Person;
use crate::screens::person::view::card_text;
use crate::screens::screen::{Screen as _, ViewContext};

pub(super) fn announce(person: &Person, cx: &ViewContext<'_>, speech: &mut Speech) {
    let mut words = vec![person.title()];
    if let Some(user) = person.user() {
        words.extend(card_text(user).first().map(plain));
    }
    let tab = Person::TABS.get(person.tab).copied().unwrap_or_default();
    words.push(format!("tab {tab}, {} of {}", person.tab + 1, Person::TABS.len()));
    if let Some(table) = person.table() {
        announce_table(table, &words.join(", "), person.user_error(), cx, speech);
    }
}
