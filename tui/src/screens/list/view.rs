//! The list screen as cells.

use crate::screens::list::List;
use crate::screens::screen::ViewContext;
use crate::terminal::text::count;
use crate::widgets::canvas::Canvas;
use crate::widgets::table::Table;
use crate::widgets::table_view;

pub(super) fn view(list: &List, cx: &ViewContext<'_>, canvas: &mut Canvas<'_>) {
    let columns = cx.columns_of(&list.table.collection);
    table_view::list(&list.table, columns, cx.names, canvas, &cx.areas);
}

/// Returns the position of the cursor in a table.
pub(crate) fn position(table: &Table) -> String {
    let has_rows = table.window.as_ref().is_some_and(|window| window.row(0).is_some() || table.place > 0);
    if !has_rows {
        return String::new();
    }
    let total = table.len().map(|len| format!(" of {}", count(len))).unwrap_or_default();
    match table.ordinal(table.place) {
        Some(at) => format!("{}{total}", count(at + 1)),
        None => format!("{} from the end", count(table.place + 1)),
    }
}
