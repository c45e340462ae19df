//! Actions on the resume screen.

use crate::app::action_kind::{ScreenAction, TextAction};
use crate::screens::resume::state::Reader;
use crate::screens::screen::{Outcome, UpdateContext, update_text};
use crate::widgets::text_viewer::Content;

pub(super) fn offers(reader: &Reader, action: ScreenAction) -> bool {
    match action {
        ScreenAction::Move(_) | ScreenAction::Text(TextAction::Scroll(_)) => true,
        ScreenAction::Text(TextAction::ToggleRaw) => {
            matches!(reader.text.content(), Some(Content::Resume(_)))
        }
        ScreenAction::Open | ScreenAction::Tab(_) | ScreenAction::Table(_) => false,
    }
}

pub(super) fn update(reader: &mut Reader, action: ScreenAction, cx: &mut UpdateContext<'_>) -> Outcome {
    match action {
        ScreenAction::Move(movement) => {
            let lines = movement.lines(cx.areas.height());
            reader.text.scroll_by(lines, usize::from(cx.areas.text.height));
            Outcome::Done
        }
        ScreenAction::Text(action) => update_text(&mut reader.text, action, &cx.areas),
        ScreenAction::Open | ScreenAction::Tab(_) | ScreenAction::Table(_) => Outcome::Done,
    }
}
