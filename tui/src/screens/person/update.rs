//! Actions on a person's screen.

use crate::app::action_kind::{ScreenAction, Step};
use crate::screens::list::update_table;
use crate::screens::person::state::Person;
use crate::screens::screen::{Outcome, UpdateContext};

pub(super) fn update(person: &mut Person, action: ScreenAction, cx: &mut UpdateContext<'_>) -> Outcome {
    if let ScreenAction::Tab(step) = action {
        let tabs = person.tables.len();
        let by = if step == Step::Next { 1 } else { tabs - 1 };
        person.tab = (person.tab + by) % tabs;
        return Outcome::Done;
    }
    let number = person.tab;
    match person.tables.get_mut(number) {
        Some(table) => update_table(table, number, action, cx),
        None => Outcome::Done,
    }
}
