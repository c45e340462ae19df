//! The organisation screen as cells.

use ratatui::layout::Rect;

use crate::screens::organisation::state::{Figure, Line, Organisation};
use crate::screens::screen::ViewContext;
use crate::terminal::text::{fit, width};
use crate::terminal::theme::StyleRole;
use crate::widgets::canvas::Canvas;
use crate::widgets::hit_test::Target;
use crate::widgets::layout::margin;
use crate::widgets::table_view::explain;

/// Columns before a figure: the cursor, and a space.
const GUTTER: u16 = 2;
/// Columns of a label; on narrow terminals, half of the width.
const LABEL: u16 = 44;
/// Columns of a value: a time.
const VALUE: u16 = 16;

pub(super) fn view(organisation: &Organisation, cx: &ViewContext<'_>, canvas: &mut Canvas<'_>) {
    let rows = cx.areas.rows;
    if organisation.figures().is_empty() {
        match organisation.load.error() {
            Some(error) => explain(error, canvas, margin(rows)),
            None => {
                canvas.left(margin(rows), "loading …", StyleRole::Dim);
            }
        }
        return;
    }
    let lines = organisation.lines();
    for (line, y) in lines.into_iter().skip(organisation.top).zip(rows.top()..rows.bottom()) {
        let area = Rect { y, height: 1, ..rows };
        match line {
            Line::Blank => {}
            Line::Section(title) => {
                canvas.left(margin(area), title, StyleRole::Title);
            }
            Line::Figure(at) => {
                if let Some(figure) = organisation.figures().get(at) {
                    show_figure(figure, at, at == organisation.cursor, canvas, area);
                }
            }
        }
    }
}

fn show_figure(figure: &Figure, at: usize, is_current: bool, canvas: &mut Canvas<'_>, line: Rect) {
    canvas.hit(line, Target::Indicator(at));
    let style = |usual| if is_current { StyleRole::Cursor } else { usual };
    if is_current {
        canvas.fill(line, StyleRole::Cursor);
        canvas.put(line.x, line.y, 1, "▌", StyleRole::Cursor);
    }
    let room = line.width.saturating_sub(GUTTER + 1);
    let value_width = u16::try_from(width(&figure.value)).unwrap_or(VALUE).max(VALUE.min(room / 3)).min(room);
    let label_width = LABEL.min(room.saturating_sub(value_width + 1));
    let x = line.x + GUTTER;
    let label = fit(&figure.label, usize::from(label_width));
    canvas.put(x, line.y, label_width, &label, style(StyleRole::Text));
    let x = x + label_width + 1;
    canvas.right(Rect { x, width: value_width, ..line }, &figure.value, style(StyleRole::Accent));
    let bar = x + value_width + 2;
    let room = line.right().saturating_sub(bar + 1);
    if let Some(share) = figure.share.filter(|_| room >= 4) {
        let full = usize::try_from(share * u64::from(room) / 1000).unwrap_or_default();
        canvas.put(bar, line.y, room, &"▇".repeat(full), style(StyleRole::Dim));
    }
}
