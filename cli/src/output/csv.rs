//! CSV output (RFC 4180) without spreadsheet formulas.

use csv::{Terminator, Writer, WriterBuilder};

use super::fields::Cell;
use crate::errors::Failure;
use crate::escape::escape_text;

/// Characters that start a formula in common spreadsheets, including full-width forms.
const FORMULA_STARTS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Formats the header line.
pub(super) fn header(names: &[String]) -> Result<Vec<u8>, Failure> {
    record(names.iter().map(String::as_str))
}

/// Formats one line; texts that a spreadsheet would execute get a leading apostrophe.
pub(super) fn line(cells: &[Cell]) -> Result<Vec<u8>, Failure> {
    let texts: Vec<String> = cells.iter().map(defused).collect();
    record(texts.iter().map(String::as_str))
}

/// Returns the text so that no spreadsheet executes it.
fn defused(cell: &Cell) -> String {
    let mark = if !cell.is_plain && cell.text.starts_with(FORMULA_STARTS) { "'" } else { "" };
    format!("{mark}{}", escape_text(&cell.text))
}

/// Removes the apostrophe that [`defused`] adds.
pub(crate) fn without_apostrophe(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA_STARTS) => rest,
        _ => text,
    }
}

fn record<'a>(cells: impl Iterator<Item = &'a str>) -> Result<Vec<u8>, Failure> {
    let mut writer: Writer<Vec<u8>> =
        WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells).map_err(|e| Failure::from(std::io::Error::from(e)))?;
    writer.into_inner().map_err(|e| Failure::from(e.into_error()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let cell = |text: &str, is_plain| Cell { text: text.to_owned(), is_plain };
        for (text, is_plain, written) in [
            ("Ada", false, "Ada"),
            ("a,b", false, "\"a,b\""),
            ("say \"x\"", false, "\"say \"\"x\"\"\""),
            ("two\nlines", false, "\"two\nlines\""),
            ("=1+1", false, "'=1+1"),
            ("=HYPERLINK(\"x\")", false, "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+44 20", false, "'+44 20"),
            ("@cmd", false, "'@cmd"),
            ("＝1", false, "'＝1"),
            ("\t=1", false, "'\t=1"),
            ("-1.5", true, "-1.5"),
            ("-1.5", false, "'-1.5"),
            ("\u{1b}[2J", false, "\\u{1b}[2J"),
        ] {
            let line = line(&[cell(text, is_plain), cell("z", false)]).unwrap();
            assert_eq!(String::from_utf8(line).unwrap(), format!("{written},z\r\n"), "{text:?}");
        }
    }
}
