//! Actions on the organisation screen.

use crate::app::action_kind::ScreenAction;
use crate::screens::organisation::state::Organisation;
use crate::screens::screen::{Outcome, UpdateContext};
use crate::widgets::hit_test::Target;
use crate::widgets::layout::Areas;

pub(super) fn offers(organisation: &Organisation, action: ScreenAction) -> bool {
    match action {
        ScreenAction::Move(_) => true,
        ScreenAction::Open => organisation.current().is_some(),
        ScreenAction::Tab(_) | ScreenAction::Table(_) | ScreenAction::Text(_) => false,
    }
}

pub(super) fn update(
    organisation: &mut Organisation,
    action: ScreenAction,
    cx: &mut UpdateContext<'_>,
) -> Outcome {
    match action {
        ScreenAction::Move(movement) => {
            organisation.step(movement.lines(cx.areas.height()), usize::from(cx.areas.rows.height));
            Outcome::Done
        }
        ScreenAction::Open => {
            organisation.current().map_or(Outcome::Done, |figure| Outcome::Go(figure.destination.clone()))
        }
        ScreenAction::Tab(_) | ScreenAction::Table(_) | ScreenAction::Text(_) => Outcome::Done,
    }
}

/// Puts the cursor on the pressed figure; returns whether it was there already.
pub(super) fn press(organisation: &mut Organisation, target: Target, areas: &Areas) -> bool {
    let Target::Indicator(at) = target else { return false };
    if organisation.cursor == at {
        return true;
    }
    organisation.go_to(at, usize::from(areas.rows.height));
    false
}
