//! The resume screen for a screen reader.

use crate::screen_reader::{Speech, Topic};
use crate::screens::resume::state::Reader;
use crate::screens::screen::{Screen as _, ViewContext};
use crate::widgets::text_viewer::TextViewer;

pub(super) fn announce(reader: &Reader, cx: &ViewContext<'_>, speech: &mut Speech) {
    speech.say(Topic::Place, reader.title());
    announce_text(&reader.text, cx, speech);
}

/// Says the visible lines of a text, or the error that keeps it from being shown.
pub(crate) fn announce_text(text: &TextViewer, cx: &ViewContext<'_>, speech: &mut Speech) {
    if let Some(error) = text.error() {
        speech.error(error);
    } else if text.lines().is_empty() && text.is_waiting() {
        speech.say(Topic::Row, "loading");
    } else {
        speech.text(text.lines(), text.scroll, usize::from(cx.areas.text.height));
    }
}
