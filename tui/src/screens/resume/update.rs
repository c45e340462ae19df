//! Actions on the resume screen.

use crate::app::action_kind::ScreenAction;
use crate::screens::resume::state::Reader;
use crate::screens::screen::{Outcome, UpdateContext, scroll_text, toggle_raw};
use crate::widgets::text_viewer::Content;

pub(super) fn offers(reader: &Reader, action: ScreenAction) -> bool {
    match action {
        ScreenAction::Move(_) | ScreenAction::ScrollText(_) => true,
        ScreenAction::ToggleRaw => matches!(reader.text.content(), Some(Content::Resume(_))),
        ScreenAction::Open
        | ScreenAction::Tab(_)
        | ScreenAction::Sort
        | ScreenAction::Reverse
        | ScreenAction::Mark
        | ScreenAction::MarkRange
        | ScreenAction::MarkAll
        | ScreenAction::TogglePane
        | ScreenAction::Compare => false,
    }
}

pub(super) fn update(reader: &mut Reader, action: ScreenAction, cx: &mut UpdateContext<'_>) -> Outcome {
    match action {
        ScreenAction::Move(movement) => {
            let lines = movement.lines(cx.areas.height());
            reader.text.scroll_by(lines, usize::from(cx.areas.text.height));
            Outcome::Done
        }
        ScreenAction::ScrollText(step) => scroll_text(Some(&mut reader.text), step, &cx.areas),
        ScreenAction::ToggleRaw => toggle_raw(Some(&mut reader.text)),
        ScreenAction::Open
        | ScreenAction::Tab(_)
        | ScreenAction::Sort
        | ScreenAction::Reverse
        | ScreenAction::Mark
        | ScreenAction::MarkRange
        | ScreenAction::MarkAll
        | ScreenAction::TogglePane
        | ScreenAction::Compare => Outcome::Done,
    }
}
