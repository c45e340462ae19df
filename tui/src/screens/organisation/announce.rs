//! The organisation screen for a screen reader.

use crate::screen_reader::{Speech, Topic};
use crate::screens::organisation::state::Organisation;
use crate::screens::screen::{Screen as _, ViewContext};

pub(super) fn announce(organisation: &Organisation, cx: &ViewContext<'_>, speech: &mut Speech) {
    speech.say(Topic::Place, organisation.title());
    if let Some(error) = organisation.load.error() {
        speech.error(error);
    }
    if let Some(summary) = organisation.summary() {
        speech.say(Topic::Extent, summary);
    }
    match organisation.current() {
        Some(figure) => {
            let position = organisation.position(cx);
            let words = format!("{position}: {}, {}: {}", figure.section, figure.label, figure.value);
            speech.say(Topic::Row, words);
        }
        None if organisation.load.is_waiting() => speech.say(Topic::Row, "reading"),
        None => {}
    }
}
