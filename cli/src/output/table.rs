//! Tables: aligned to the width of the terminal, or tab-separated.

use unicode_width::UnicodeWidthStr as _;
use vitae_contracts_core::Untrusted;

use super::rows::Column;

/// Spaces between columns.
const GAP: usize = 2;
/// Minimum width of a truncated column.
const MIN_WIDTH: usize = 6;

/// A table that is written page by page, with the column widths of its first page.
pub(super) struct Table {
    columns: Vec<Column>,
    terminal: Option<usize>,
    widths: Vec<usize>,
}

impl Table {
    pub(super) fn new(columns: Vec<Column>, terminal: Option<usize>) -> Self {
        Self { columns, terminal, widths: Vec::new() }
    }

    /// Formats some rows; on a terminal the first page has a header.
    pub(super) fn page(&mut self, rows: Vec<Vec<String>>) -> String {
        let escaped = |cell: String| Untrusted::from(cell).escaped().to_string();
        let rows: Vec<Vec<String>> =
            rows.into_iter().map(|cells| cells.into_iter().map(escaped).collect()).collect();
        let mut text = String::new();
        let Some(width) = self.terminal else {
            for cells in &rows {
                text.push_str(&cells.join("\t"));
                text.push('\n');
            }
            return text;
        };
        if rows.is_empty() {
            return text;
        }
        if self.widths.is_empty() {
            self.widths = self.fit(&rows, width);
            let header: Vec<String> =
                self.columns.iter().map(|column| column.name.clone().into_owned()).collect();
            self.line(&mut text, &header);
        }
        for cells in &rows {
            self.line(&mut text, cells);
        }
        text
    }

    /// Returns the column widths, reduced to fit the terminal.
    fn fit(&self, rows: &[Vec<String>], terminal: usize) -> Vec<usize> {
        let needs = |at: usize| {
            let cells = rows.iter().filter_map(|cells| cells.get(at)).map(|cell| cell.width());
            cells.max().unwrap_or_default().max(self.columns[at].name.width())
        };
        let mut widths: Vec<usize> = (0..self.columns.len()).map(needs).collect();
        let gaps = GAP * self.columns.len().saturating_sub(1);
        loop {
            let over = (widths.iter().sum::<usize>() + gaps).saturating_sub(terminal);
            let widest = (0..widths.len())
                .filter(|at| self.columns[*at].is_flexible && widths[*at] > MIN_WIDTH)
                .max_by_key(|at| widths[*at]);
            match widest {
                Some(at) if over > 0 => widths[at] -= 1,
                _ => return widths,
            }
        }
    }

    fn line(&self, text: &mut String, cells: &[String]) {
        let start = text.len();
        for (at, (cell, width)) in cells.iter().zip(&self.widths).enumerate() {
            if at > 0 {
                text.push_str(&" ".repeat(GAP));
            }
            let is_flexible = self.columns[at].is_flexible;
            let shown = if is_flexible { cut(cell, *width) } else { cell.clone() };
            text.push_str(&shown);
            text.push_str(&" ".repeat(width.saturating_sub(shown.width())));
        }
        let end = start + text[start..].trim_end().len();
        text.truncate(end);
        text.push('\n');
    }
}

/// Truncates a text to a width, with an ellipsis.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        if text[..next].width() + 1 > width {
            break;
        }
        end = next;
    }
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        vec![Column::fixed("ID"), Column::text("NAME"), Column::text("TITLE")]
    }

    fn row(cells: [&str; 3]) -> Vec<String> {
        cells.map(str::to_owned).to_vec()
    }

    #[test]
    fn columns_are_aligned_within_the_width() {
        let mut table = Table::new(columns(), Some(26));
        let page = table.page(vec![
            row(["1", "Ada", "Analyst of the Analytical Engine"]),
            row(["22", "名前の長い人です", "x\u{1b}[2J"]),
        ]);
        assert_eq!(page, "ID  NAME        TITLE\n1   Ada         Analyst o…\n22  名前の長…   x\\u{1b}[2J\n");
        let next = table.page(vec![row(["3", "Grace", "Admiral"])]);
        assert_eq!(next, "3   Grace       Admiral\n");
    }

    #[test]
    fn cells_are_tab_separated_off_a_terminal() {
        let mut table = Table::new(columns(), None);
        let page = table.page(vec![row(["1", "Ada\tLovelace", "Analyst of the Analytical Engine"])]);
        assert_eq!(page, "1\tAda\\u{9}Lovelace\tAnalyst of the Analytical Engine\n");
    }
}
