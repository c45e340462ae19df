//! The log screen as cells.

use crate::app::notices::Notice;
use crate::screens::log::Log;
use crate::screens::screen::ViewContext;
use crate::terminal::text::second;
use crate::terminal::theme::StyleRole;
use crate::widgets::canvas::Canvas;
use crate::widgets::layout::margin;
use crate::widgets::resume_view::StyledLine;

/// Draws the notices, the newest first.
pub(super) fn view(log: &Log, cx: &ViewContext<'_>, canvas: &mut Canvas<'_>) {
    let area = margin(cx.areas.rows);
    let shown = cx.log.iter().rev().skip(log.scroll).take(usize::from(area.height));
    let lines: Vec<StyledLine> = shown.map(notice_line).collect();
    if lines.is_empty() {
        canvas.left(area, "There are no notices yet.", StyleRole::Dim);
    }
    canvas.lines(area, &lines, 0);
}

/// Returns a notice as one line.
pub(super) fn notice_line(notice: &Notice) -> StyledLine {
    let mut line =
        vec![(StyleRole::Dim, format!("{} ", second(notice.at))), (notice.style, notice.text.clone())];
    line.extend(notice.next.as_ref().map(|next| (StyleRole::Accent, format!(" · {next}"))));
    line.extend(notice.request_id.as_ref().map(|id| (StyleRole::Dim, format!(" · request {id}"))));
    line
}
