//! The resume screen as cells.

use crate::screens::resume::state::Reader;
use crate::screens::screen::ViewContext;
use crate::widgets::canvas::Canvas;
use crate::widgets::table_view;

pub(super) fn view(reader: &Reader, cx: &ViewContext<'_>, canvas: &mut Canvas<'_>) {
    table_view::text(&reader.text, canvas, cx.areas.text);
}
