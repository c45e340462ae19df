//! Mouse actions.

use super::{actions, keys};
use crate::app::action::Action;
use crate::app::effect::Effect;
use crate::app::message::MouseAction;
use crate::app::model::Model;
use crate::overlays::Overlay;
use crate::widgets::hit_test::Target;

/// Lines that one notch of the wheel moves.
const NOTCH: i64 = 3;

/// Takes in what was done to what.
pub(super) fn mouse(model: &mut Model, action: MouseAction, target: Option<Target>) -> Vec<Effect> {
    let Some(target) = target else { return Vec::new() };
    match action {
        MouseAction::Press => press(model, target),
        MouseAction::Drag => match target {
            Target::ScrollBar(_) => press(model, target),
            Target::Action(_)
            | Target::Row(_)
            | Target::Indicator(_)
            | Target::Column(_)
            | Target::Tab(_)
            | Target::Choice(_)
            | Target::List
            | Target::TextViewer
            | Target::Overlay => Vec::new(),
        },
        MouseAction::ScrollUp => scroll(model, target, -NOTCH),
        MouseAction::ScrollDown => scroll(model, target, NOTCH),
    }
}

fn press(model: &mut Model, target: Target) -> Vec<Effect> {
    let height = model.areas().height();
    match target {
        // What is being written does not vanish at a press beside it.
        Target::Action(_) if matches!(model.overlays.current, Some(Overlay::Form(_))) => {}
        Target::Action(action) => {
            model.overlays.current = None;
            return actions::carry_out(model, action);
        }
        Target::Choice(line) => return keys::choose(model, line),
        // An overlay covers the rest.
        _ if model.overlays.current.is_some() => {}
        Target::Indicator(_) | Target::Tab(_) => {
            let areas = model.areas();
            if model.screen_mut().press(target, &areas) {
                return actions::carry_out(model, Action::Open);
            }
        }
        Target::Row(place) => {
            let Some(table) = model.screen_mut().table_mut() else { return Vec::new() };
            if table.place == place {
                return actions::carry_out(model, Action::Open);
            }
            table.go_to(place, height);
        }
        Target::Column(field) => sort_by(model, field),
        Target::ScrollBar(thousandths) => {
            let Some(table) = model.screen_mut().table_mut() else { return Vec::new() };
            let len = table.len().unwrap_or_default();
            let wanted = len.saturating_sub(1) * u64::from(thousandths) / 1000;
            if let Some(place) = table.place_of_ordinal(wanted) {
                table.go_to(place, height);
            }
        }
        Target::List | Target::TextViewer | Target::Overlay => {}
    }
    Vec::new()
}

fn scroll(model: &mut Model, target: Target, lines: i64) -> Vec<Effect> {
    let action = if lines < 0 { Action::Up } else { Action::Down };
    if model.overlays.current.is_some() {
        return Vec::new();
    }
    let areas = model.areas();
    if target == Target::TextViewer {
        if let Some(text) = model.screen_mut().text_mut() {
            text.scroll_by(lines, usize::from(areas.text.height));
        }
    } else if let Some(table) = model.screen_mut().table_mut() {
        table.step(lines, areas.height());
    } else {
        for _ in 0..NOTCH {
            actions::carry_out(model, action);
        }
    }
    Vec::new()
}

/// Sorts by the column that was pressed; the other way round if it is sorted by it already.
fn sort_by(model: &mut Model, field: crate::client::columns::Field) {
    let Some(table) = model.screen_mut().table_mut() else { return };
    let column = table.collection.columns().iter().find(|column| column.field == field);
    let Some(key) = column.and_then(|column| column.sort) else { return };
    let order = table.collection.sorts().iter().find(|sort| sort.key == key);
    let Some(order) = order.copied() else { return };
    let descending = match table.sort {
        Some(now) if now.key == key => !now.descending,
        _ => order.descending,
    };
    table.sort_by(crate::client::collection::Sort { descending, ..order });
}
