//! The areas of the terminal, for drawing and for scrolling.

use ratatui::layout::Rect;

use crate::widgets::table::Table;

/// The parts of the terminal; a part without room is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Areas {
    pub(crate) bar: Rect,
    pub(crate) title: Rect,
    /// About the person whose screen it is, or the services.
    pub(crate) card: Rect,
    pub(crate) tabs: Rect,
    /// Titles of the columns.
    pub(crate) header: Rect,
    /// Rows of the list, or lines of the reader.
    pub(crate) rows: Rect,
    /// Between the list and its pane.
    pub(crate) rule: Rect,
    pub(crate) pane: Rect,
    /// The text that can be scrolled: the pane, or all of a screen that is a text.
    pub(crate) text: Rect,
    pub(crate) status: Rect,
    pub(crate) hints: Rect,
}

/// The parts that a screen has besides its rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Lines for a summary above the rows.
    pub(crate) card: u16,
    pub(crate) tabs: u16,
    /// Whether the screen is one text.
    pub(crate) is_text: bool,
    pub(crate) has_table: bool,
    /// Whether the table has a pane beside it.
    pub(crate) has_pane: bool,
}

impl Frame {
    /// Returns the frame of a screen that is one table.
    pub(crate) fn of_table(table: &Table) -> Self {
        Self { has_table: true, has_pane: table.pane.is_wanted, ..Self::default() }
    }
}

/// Narrower, the pane goes below the list.
const BESIDE: u16 = 100;
/// Lower, there is no room below the list.
const BELOW: u16 = 18;

/// Divides a terminal of this size.
pub(crate) fn areas((width, height): (u16, u16), frame: Frame) -> Areas {
    let mut rest = Cut(Rect::new(0, 0, width, height));
    let mut areas = Areas {
        hints: rest.bottom(u16::from(height >= 9)),
        status: rest.bottom(u16::from(height >= 3)),
        bar: rest.top(u16::from(height >= 6)),
        title: rest.top(u16::from(height >= 4)),
        ..Areas::default()
    };
    areas.card = rest.top(frame.card);
    areas.tabs = rest.top(frame.tabs);
    if frame.has_pane && width >= BESIDE {
        areas.pane = rest.right(width * 9 / 20);
        areas.rule = rest.right(1);
    } else if frame.has_pane && rest.0.height >= BELOW {
        areas.pane = rest.bottom(rest.0.height / 2);
        areas.rule = rest.bottom(1);
    }
    areas.header = rest.top(u16::from(frame.has_table && height >= 5));
    areas.rows = rest.0;
    areas.text = margin(if frame.is_text { areas.rows } else { areas.pane });
    areas
}

impl Areas {
    /// Returns the number of visible rows, at least 1.
    pub(crate) fn height(&self) -> u64 {
        u64::from(self.rows.height.max(1))
    }
}

/// A column of air on both sides.
pub(crate) fn margin(area: Rect) -> Rect {
    let side = u16::from(area.width > 2);
    Rect { x: area.x + side, width: area.width - 2 * side, ..area }
}

/// An area that parts are cut from.
struct Cut(Rect);

impl Cut {
    fn top(&mut self, height: u16) -> Rect {
        let height = height.min(self.0.height);
        let part = Rect { height, ..self.0 };
        self.0.y += height;
        self.0.height -= height;
        part
    }

    fn bottom(&mut self, height: u16) -> Rect {
        let height = height.min(self.0.height);
        self.0.height -= height;
        Rect { y: self.0.y + self.0.height, height, ..self.0 }
    }

    fn right(&mut self, width: u16) -> Rect {
        let width = width.min(self.0.width);
        self.0.width -= width;
        Rect { x: self.0.x + self.0.width, width, ..self.0 }
    }
}
