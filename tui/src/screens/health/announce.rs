//! The health screen for a screen reader.

use crate::screen_reader::{Speech, Topic};
use crate::screens::health::state::Health;
use crate::screens::health::view::{current_words, health_words};
use crate::screens::screen::ViewContext;

pub(super) fn announce(health: &Health, _cx: &ViewContext<'_>, speech: &mut Speech) {
    speech.say(Topic::Place, "Health, over the last minute");
    if let Some(newest) = health.newest() {
        let places = format!("{} of {}", health.place + 1, health.places());
        speech.say(Topic::About(0), health_words(newest, health.error.is_none()));
        speech.say(Topic::Row, format!("{places}: {}", current_words(health)));
    }
}
