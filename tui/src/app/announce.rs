//! The console as sentences, for screen readers and terminals that only print lines.

use crate::app::action::Action;
use crate::app::bars;
use crate::app::model::Model;
use crate::overlays;
use crate::screen_reader::{Sentence, Speech, Topic};

/// Returns everything that there is to say about the model, in the order in which it is said.
pub(crate) fn announce(model: &Model) -> Vec<Sentence> {
    let mut speech = Speech::default();
    announce_session(model, &mut speech);
    match &model.overlays.current {
        Some(overlay) => overlays::announce::overlay(model, overlay, &mut speech),
        None => model.screen().announce(&model.view_context(), &mut speech),
    }
    if let Some((_, text)) = bars::status_text(model) {
        // A notice that is shown a second time is said a second time.
        let at = model.notices.current.as_ref().map(|notice| (notice.at, model.notices.log.len()));
        speech.say_at(Topic::Status, &text, at);
    }
    speech.finish()
}

/// Says the user, the server and the safeguards, and the keys for more.
fn announce_session(model: &Model, speech: &mut Speech) {
    let (name, safeguards) = bars::profile_words(model);
    let mut words = vec!["vitae".to_owned()];
    if !name.is_empty() {
        words.push(format!("profile {name}"));
    }
    words.extend(safeguards.into_iter().map(str::to_owned));
    words.push(bars::session_text(model));
    speech.say(Topic::Who, words.join(", "));
    let key = |action| model.appearance.key_text(action);
    let (help, palette) = (key(Action::Help), key(Action::Palette));
    speech.say(Topic::Hint, format!("{help} shows help, {palette} finds an action"));
}
