//! Lists, written incrementally as one document.

use std::marker::PhantomData;
use std::mem;

use vitae_contracts_document::{Scanned, scan};

use super::fields::Fields;
use super::table::Table;
use super::{Output, Row, csv, json, yaml};
use crate::errors::Failure;
use crate::flags::OutputFormat;
use crate::{escape, exit};

/// A list that is written page by page.
pub(crate) struct List<'a, T> {
    output: &'a mut Output,
    format: ListFormat,
    item: PhantomData<T>,
}

/// The format of the items.
pub(super) enum ListFormat {
    Ids,
    Rows(Table),
    Csv { fields: Fields, has_header: bool },
    One,
    Array { is_empty: bool },
    Lines,
    ExactLines,
    YamlDocument,
    Yaml { is_empty: bool },
    Filtered(Input),
}

/// The input of a `--jq` filter.
pub(super) enum Input {
    /// Each item.
    Item,
    /// Each item as a list of one, for itemwise filters.
    ListOfOne,
    /// The whole list, once complete.
    List(Vec<String>),
}

/// The number of items.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    One,
    Many,
    /// Unbounded: each item is written separately.
    Endless,
}

impl ListFormat {
    /// Selects the format from the output flags.
    pub(super) fn requested<T: Row>(output: &Output, count: Count) -> Self {
        if let Some(filter) = &output.filter {
            return Self::Filtered(match count {
                Count::One | Count::Endless => Input::Item,
                Count::Many if filter.is_itemwise => Input::ListOfOne,
                Count::Many => Input::List(Vec::new()),
            });
        }
        let columns = || output.fields.as_ref().map_or_else(|| T::COLUMNS.to_vec(), Fields::columns);
        match (output.form(), count) {
            (OutputFormat::Name, _) => Self::Ids,
            (OutputFormat::Table, _) if output.quiet && output.fields.is_none() => Self::Ids,
            (OutputFormat::Table, _) => Self::Rows(Table::new(columns(), output.terminal)),
            (OutputFormat::Tsv, _) => Self::Rows(Table::new(columns(), None)),
            (OutputFormat::Csv, _) => {
                let fields = output.fields.clone().unwrap_or_else(|| Fields::all(T::FIELDS));
                Self::Csv { fields, has_header: false }
            }
            (OutputFormat::Json, Count::One) => Self::One,
            (OutputFormat::Json, Count::Many) => Self::Array { is_empty: true },
            (OutputFormat::Json, Count::Endless) | (OutputFormat::Ndjson, _) => Self::Lines,
            (OutputFormat::Yaml, Count::One) => Self::YamlDocument,
            (OutputFormat::Yaml, _) => Self::Yaml { is_empty: true },
        }
    }
}

impl<'a, T: Row> List<'a, T> {
    pub(super) fn new(output: &'a mut Output, format: ListFormat) -> Self {
        Self { output, format, item: PhantomData }
    }

    /// Writes some items and flushes them.
    pub(crate) fn page(&mut self, items: &[T]) -> Result<(), Failure> {
        let Self { output, format, .. } = self;
        if let ListFormat::Rows(table) = format {
            let rows = items.iter().map(|item| output.cells(item)).collect::<Result<_, _>>()?;
            output.out().write_all(table.page(rows).as_bytes())?;
        } else {
            for item in items {
                write(output, format, item)?;
            }
        }
        Ok(output.out().flush()?)
    }

    /// Returns the output, for notices during the list.
    pub(crate) fn output(&mut self) -> &mut Output {
        self.output
    }

    /// Abandons the list, because its reader closed the pipe.
    pub(crate) fn into_output(self) -> &'a mut Output {
        self.output
    }

    /// Writes the end of the list.
    pub(crate) fn finish(self) -> Result<&'a mut Output, Failure> {
        let Self { output, format, .. } = self;
        match format {
            ListFormat::Array { is_empty: true } | ListFormat::Yaml { is_empty: true } => {
                writeln!(output.out(), "[]")?;
            }
            ListFormat::Array { is_empty: false } => output.out().write_all(b"\n]\n")?,
            ListFormat::Csv { fields, has_header: false } => {
                let header = csv::header(fields.names())?;
                output.out().write_all(&header)?;
            }
            ListFormat::Filtered(Input::List(items)) => output.filtered(&format!("[{}]", items.join(",")))?,
            _ => {}
        }
        Ok(output)
    }
}

/// Writes one item.
fn write<T: Row>(output: &mut Output, format: &mut ListFormat, item: &T) -> Result<(), Failure> {
    match format {
        ListFormat::Ids | ListFormat::Rows(_) => writeln!(output.out(), "{}", item.id())?,
        ListFormat::One => {
            let text = output.json_of(item, true)?;
            writeln!(output.out(), "{}", escape::escape_json(&text))?;
        }
        ListFormat::Array { is_empty } => {
            let start = if mem::take(is_empty) { "[\n  " } else { ",\n  " };
            let text = output.json_of(item, false)?;
            write!(output.out(), "{start}{}", escape::escape_json_line(&text))?;
        }
        ListFormat::Lines => {
            let text = output.json_of(item, false)?;
            writeln!(output.out(), "{}", escape::escape_json_line(&text))?;
        }
        ListFormat::ExactLines => {
            let text = output.json_of(item, false)?;
            writeln!(output.out(), "{}", json::on_one_line(&text))?;
        }
        ListFormat::YamlDocument => {
            let text = yaml::document(&scanned(&output.json_of(item, false)?)?)?;
            output.out().write_all(text.as_bytes())?;
        }
        ListFormat::Yaml { is_empty } => {
            *is_empty = false;
            let text = yaml::item(&scanned(&output.json_of(item, false)?)?)?;
            output.out().write_all(text.as_bytes())?;
        }
        ListFormat::Csv { fields, has_header } => {
            let mut text =
                if mem::replace(has_header, true) { Vec::new() } else { csv::header(fields.names())? };
            let object = json::of(item)?;
            text.extend(csv::line(&fields.cells(&scanned(&object)?))?);
            output.out().write_all(&text)?;
        }
        ListFormat::Filtered(input) => {
            let text = output.json_of(item, false)?;
            match input {
                Input::Item => output.filtered(&text)?,
                Input::ListOfOne => output.filtered(&format!("[{text}]"))?,
                Input::List(items) => items.push(text),
            }
        }
    }
    Ok(())
}

/// Scans JSON of our own, which may contain malformed documents of the server.
pub(super) fn scanned(json: &str) -> Result<Scanned<'_>, Failure> {
    scan(json.as_bytes()).map_err(|malformed| {
        Failure::new(exit::FAILED, format!("the server sent malformed JSON: {malformed}"))
            .next("inspect it with -o json")
    })
}
