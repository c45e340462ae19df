//! What lies where on the screen, for the mouse.

use ratatui::layout::{Position, Rect};
use serde::{Deserialize, Serialize};

use crate::app::action::Action;
use crate::client::columns::Field;

/// Something that can be pointed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Target {
    Action(Action),
    /// A row of the list, by its place.
    Row(u64),
    /// A line of the health, by its place.
    #[serde(alias = "Pulse")]
    Indicator(usize),
    /// The title of a column.
    Column(Field),
    Tab(usize),
    /// A line of what lies over the screen.
    Choice(usize),
    /// The list as a whole.
    List,
    /// The pane or the reader.
    #[serde(alias = "Sheet")]
    TextViewer,
    /// A spot of the scroll bar, in thousandths from its top.
    ScrollBar(u16),
    /// What lies over the screen as a whole.
    Overlay,
}

/// Where things were drawn last.
#[derive(Debug, Clone, Default)]
pub(crate) struct HitMap(Vec<(Rect, Target)>);

impl HitMap {
    /// Says what lies in an area, above what was said before.
    pub(crate) fn put(&mut self, area: Rect, target: Target) {
        self.0.push((area, target));
    }

    /// What lies topmost at a place.
    pub(crate) fn at(&self, x: u16, y: u16) -> Option<Target> {
        let mut found = self.0.iter().rev().filter(|(area, _)| area.contains(Position { x, y }));
        found.next().map(|(_, target)| *target)
    }
}
