//! Where things are, for what shows them and for what moves in them.

use ratatui::layout::Rect;

use crate::app::model::Model;
use crate::screens::Screen;

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
    pub(crate) status: Rect,
    pub(crate) hints: Rect,
}

/// Narrower, the pane goes below the list.
const BESIDE: u16 = 100;
/// Lower, there is no room below the list.
const BELOW: u16 = 18;

/// Shares the terminal out.
pub(crate) fn areas(model: &Model) -> Areas {
    let (width, height) = model.size;
    let mut rest = Cut(Rect::new(0, 0, width, height));
    let mut areas = Areas {
        hints: rest.bottom(u16::from(height >= 9)),
        status: rest.bottom(u16::from(height >= 3)),
        bar: rest.top(u16::from(height >= 6)),
        title: rest.top(u16::from(height >= 4)),
        ..Areas::default()
    };
    if let Screen::Person(_) = model.screen {
        areas.card = rest.top(if height >= 18 { 3 } else { 0 });
        areas.tabs = rest.top(u16::from(height >= 5));
    }
    if let Screen::Health(health) = &model.screen {
        // The reasons of stuck feeds stand where there is air else.
        let stuck = health.newest().map_or(0, |newest| newest.stuck_feeds.len());
        let reasons = u16::try_from(stuck.clamp(1, 4)).unwrap_or(1);
        areas.card = rest.top(if height >= 18 { 1 + reasons } else { u16::from(height >= 5) });
    }
    if let Some(table) = model.screen.table() {
        if table.pane.is_wanted && width >= BESIDE {
            areas.pane = rest.right(width * 9 / 20);
            areas.rule = rest.right(1);
        } else if table.pane.is_wanted && rest.0.height >= BELOW {
            areas.pane = rest.bottom(rest.0.height / 2);
            areas.rule = rest.bottom(1);
        }
        areas.header = rest.top(u16::from(height >= 5));
    }
    areas.rows = rest.0;
    areas
}

impl Areas {
    /// Rows of the list that can be seen.
    pub(crate) fn height(&self) -> u64 {
        u64::from(self.rows.height.max(1))
    }

    /// Where a long text is read, if anywhere: the pane, or all of the reader.
    pub(crate) fn viewer(&self, screen: &Screen) -> Rect {
        match screen {
            Screen::Reader(_) => margin(self.rows),
            _ => margin(self.pane),
        }
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
