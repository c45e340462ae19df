//! Drawing primitives: a buffer of cells with style roles.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::terminal::text::{fit, width};
use crate::terminal::theme::{Depth, StyleRole, Theme};
use crate::widgets::hit_test::{HitMap, Target};
use crate::widgets::resume_view::StyledLine;

/// A frame while it is drawn.
pub(crate) struct Canvas<'a> {
    pub(crate) buffer: &'a mut Buffer,
    pub(crate) hits: HitMap,
    /// The position of the text cursor, if an input field has the focus.
    pub(crate) cursor: Option<Position>,
    theme: Theme,
    depth: Depth,
}

impl<'a> Canvas<'a> {
    pub(crate) fn new(buffer: &'a mut Buffer, theme: Theme, depth: Depth) -> Self {
        Self { buffer, hits: HitMap::default(), cursor: None, theme, depth }
    }

    pub(crate) fn style(&self, style: StyleRole) -> Style {
        self.theme.style(style, self.depth)
    }

    /// Fills an area with blanks.
    pub(crate) fn fill(&mut self, area: Rect, style: StyleRole) {
        let (area, style) = (area.intersection(self.buffer.area), self.style(style));
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                let cell = &mut self.buffer[(x, y)];
                cell.reset();
                cell.set_style(style);
            }
        }
    }

    /// Writes as much of an escaped text as fits, and returns the column after it.
    pub(crate) fn put(&mut self, x: u16, y: u16, room: u16, text: &str, style: StyleRole) -> u16 {
        let area = self.buffer.area;
        if y < area.top() || y >= area.bottom() || x >= area.right() {
            return x;
        }
        let room = usize::from(room.min(area.right() - x));
        let style = self.style(style);
        let (end, _) = self.buffer.set_stringn(x, y, fit(text, room), room, style);
        end
    }

    /// Writes on the first line of an area, left-aligned, and returns the column after the text.
    pub(crate) fn left(&mut self, area: Rect, text: &str, style: StyleRole) -> u16 {
        if area.height == 0 {
            return area.x;
        }
        self.put(area.x, area.y, area.width, text, style)
    }

    /// Writes on the first line of an area, right-aligned, and returns the column where the text begins.
    pub(crate) fn right(&mut self, area: Rect, text: &str, style: StyleRole) -> u16 {
        let wide = u16::try_from(width(text)).unwrap_or(u16::MAX).min(area.width);
        let x = area.right() - wide;
        if area.height > 0 {
            self.put(x, area.y, wide, text, style);
        }
        x
    }

    /// Writes a line of several styles.
    pub(crate) fn line(&mut self, area: Rect, y: u16, line: &StyledLine) {
        let mut x = area.x;
        for (style, text) in line {
            x = self.put(x, y, area.right().saturating_sub(x), text, *style);
        }
    }

    /// Writes lines from the top of an area, skipping the first `scroll` lines.
    pub(crate) fn lines(&mut self, area: Rect, lines: &[StyledLine], scroll: usize) {
        let visible = lines.iter().skip(scroll.min(lines.len().saturating_sub(1)));
        for (line, y) in visible.zip(area.top()..area.bottom()) {
            self.line(area, y, line);
        }
    }

    /// Draws a frame around an area and returns the area inside.
    pub(crate) fn boxed(&mut self, area: Rect, title: &str) -> Rect {
        let area = area.intersection(self.buffer.area);
        self.fill(area, StyleRole::Text);
        if area.width < 2 || area.height < 2 {
            return Rect { width: 0, height: 0, ..area };
        }
        let across = "─".repeat(usize::from(area.width - 2));
        self.put(area.x, area.y, area.width, &format!("╭{across}╮"), StyleRole::Rule);
        self.put(area.x, area.bottom() - 1, area.width, &format!("╰{across}╯"), StyleRole::Rule);
        for y in area.y + 1..area.bottom() - 1 {
            self.put(area.x, y, 1, "│", StyleRole::Rule);
            self.put(area.right() - 1, y, 1, "│", StyleRole::Rule);
        }
        self.put(area.x + 2, area.y, area.width.saturating_sub(4), &format!(" {title} "), StyleRole::Title);
        Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
    }

    /// Registers an area as a mouse target.
    pub(crate) fn hit(&mut self, area: Rect, target: Target) {
        self.hits.put(area, target);
    }
}
