//! A list that is written while it comes, as one document.

use std::marker::PhantomData;
use std::mem;

use vitae_contracts_document::{Scanned, scan};

use super::fields::Fields;
use super::table::Table;
use super::{Output, Row, csv, json, yaml};
use crate::arguments::OutputFormat;
use crate::errors::Failure;
use crate::exit;

/// A list that is written page by page.
pub(crate) struct List<'a, T> {
    output: &'a mut Output,
    format: ListFormat,
    item: PhantomData<T>,
}

/// How items are written.
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

/// What the filter of `--jq` is given.
pub(super) enum Input {
    /// Each item.
    Item,
    /// Each item as a list of its own, which for some filters is as good as the whole.
    ListOfOne,
    /// The whole list, once it is here.
    List(Vec<String>),
}

/// How many things there are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    One,
    Many,
    /// Nobody knows the end: each item stands by itself.
    Endless,
}

impl ListFormat {
    /// As the person asked for it.
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

    /// Writes some items; the reader has them when it returns.
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

    /// Where notes go meanwhile.
    pub(crate) fn output(&mut self) -> &mut Output {
        self.output
    }

    /// Leaves the list as it is: nobody reads it any more.
    pub(crate) fn into_output(self) -> &'a mut Output {
        self.output
    }

    /// Writes what ends the list.
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
            writeln!(output.out(), "{}", json::inert(&text))?;
        }
        ListFormat::Array { is_empty } => {
            let start = if mem::take(is_empty) { "[\n  " } else { ",\n  " };
            let text = output.json_of(item, false)?;
            write!(output.out(), "{start}{}", json::inert_line(&text))?;
        }
        ListFormat::Lines => {
            let text = output.json_of(item, false)?;
            writeln!(output.out(), "{}", json::inert_line(&text))?;
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

/// JSON of our own making, with documents of others in it.
pub(super) fn scanned(json: &str) -> Result<Scanned<'_>, Failure> {
    scan(json.as_bytes()).map_err(|malformed| {
        Failure::new(
            exit::FAILED,
            format!("the server sent a document that is not well-formed JSON: {malformed}"),
        )
        .next("look at it with -o json")
    })
}
