//! Actions on the health screen.

use crate::app::action_kind::ScreenAction;
use crate::screens::health::state::Health;
use crate::screens::screen::{Outcome, UpdateContext};
use crate::widgets::hit_test::Target;
use crate::widgets::layout::Areas;

pub(super) fn offers(health: &Health, action: ScreenAction) -> bool {
    match action {
        ScreenAction::Move(_) => true,
        ScreenAction::Open => health.destination().is_some(),
        ScreenAction::Tab(_) | ScreenAction::Table(_) | ScreenAction::Text(_) => false,
    }
}

pub(super) fn update(health: &mut Health, action: ScreenAction, cx: &mut UpdateContext<'_>) -> Outcome {
    match action {
        ScreenAction::Move(movement) => {
            health.step(movement.lines(cx.areas.height()), usize::from(cx.areas.rows.height));
            Outcome::Done
        }
        ScreenAction::Open => health.destination().map_or(Outcome::Done, Outcome::Go),
        ScreenAction::Tab(_) | ScreenAction::Table(_) | ScreenAction::Text(_) => Outcome::Done,
    }
}

/// Puts the cursor on the pressed line; returns whether it was there already.
pub(super) fn press(health: &mut Health, target: Target, areas: &Areas) -> bool {
    let Target::Indicator(place) = target else { return false };
    if health.place == place {
        return true;
    }
    health.go_to(place, usize::try_from(areas.height()).unwrap_or(usize::MAX));
    false
}
