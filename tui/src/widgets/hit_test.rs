//! Hit testing: mapping screen positions to mouse targets.

use ratatui::layout::{Position, Rect};
use serde::{Deserialize, Serialize};

use crate::app::action::Action;
use crate::client::columns::Field;

/// A mouse target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Target {
    Action(Action),
    /// A row of the list, by its position.
    Row(u64),
    /// A line of the health screen, by its position.
    #[serde(alias = "Pulse")]
    Indicator(usize),
    /// A column title.
    Column(Field),
    Tab(usize),
    /// A line of the overlay.
    Choice(usize),
    /// The list as a whole.
    List,
    /// The detail pane or the reader.
    #[serde(alias = "Sheet")]
    TextViewer,
    /// A position on the scroll bar, in thousandths from its top.
    ScrollBar(u16),
    /// The overlay as a whole.
    Overlay,
}

/// The targets of the last frame.
#[derive(Debug, Clone, Default)]
pub(crate) struct HitMap(Vec<(Rect, Target)>);

impl HitMap {
    /// Adds a target above those added before.
    pub(crate) fn put(&mut self, area: Rect, target: Target) {
        self.0.push((area, target));
    }

    /// Returns the topmost target at a position.
    pub(crate) fn at(&self, x: u16, y: u16) -> Option<Target> {
        let mut found = self.0.iter().rev().filter(|(area, _)| area.contains(Position { x, y }));
        found.next().map(|(_, target)| *target)
    }
}
