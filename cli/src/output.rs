//! Output to standard output, and notices to standard error.

mod csv;
mod fields;
mod filter;
mod json;
mod list;
mod pager;
mod raw;
mod rows;
mod table;
mod yaml;

pub(crate) use self::csv::without_apostrophe;
pub(crate) use self::fields::Fields;
pub(crate) use self::list::List;
pub(crate) use self::rows::revisions::author;
pub(crate) use self::rows::{Column, Row, tags, time};

use std::fmt;
use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write};

use terminal_size::{Width, terminal_size};
use vitae_contracts_core::Untrusted;

use self::filter::Filter;
use self::list::{Count, ListFormat, scanned};
use self::pager::Pager;
use crate::errors::Failure;
use crate::escape::{escape_json, escape_json_line};
use crate::flags::{Global, OutputFormat};
use crate::stderr::print_line;

/// Buffer size: about a page of a list, after which the buffer is flushed.
const BUFFER_BYTES: usize = 64 << 10;
/// The width of a terminal of unknown size.
const DEFAULT_WIDTH: usize = 80;

/// Standard output in the requested format.
///
/// Untrusted text cannot control the terminal: tables escape it, JSON uses JSON escapes.
pub(crate) struct Output {
    form: Option<OutputFormat>,
    fields: Option<Fields>,
    filter: Option<Filter>,
    quiet: bool,
    /// The width if standard output is a terminal.
    terminal: Option<usize>,
    out: BufWriter<Stdout>,
    pager: Option<Pager>,
    /// Notices delayed until the pager exits.
    delayed_notes: Vec<String>,
}

impl Output {
    /// Validates the output flags against the metadata of the command.
    pub(crate) fn new(global: &Global, known_fields: &[&str]) -> Result<Self, Failure> {
        let (form, fields) = (global.output, global.fields.clone().map(Fields::new));
        if let Some(fields) = &fields {
            fields.check(known_fields)?;
        }
        let filter = global.jq.as_deref().map(Filter::new).transpose()?;
        if filter.is_some() && !matches!(form, None | Some(OutputFormat::Json | OutputFormat::Ndjson)) {
            return Err(
                Failure::usage("--jq prints JSON").next("use it with -o json, -o ndjson or without -o")
            );
        }
        if fields.is_some() && form == Some(OutputFormat::Name) {
            return Err(Failure::usage("-o name prints ids only, without fields")
                .next("use only one of -o name and --fields"));
        }
        let terminal = io::stdout().is_terminal().then(|| match terminal_size() {
            Some((Width(width), _)) if width > 0 => width.into(),
            _ => DEFAULT_WIDTH,
        });
        let out = BufWriter::with_capacity(BUFFER_BYTES, io::stdout());
        let quiet = global.quiet;
        Ok(Self { form, fields, filter, quiet, terminal, out, pager: None, delayed_notes: Vec::new() })
    }

    /// Whether an output flag was given.
    pub(crate) fn is_format_requested(&self) -> bool {
        self.form.is_some() || self.fields.is_some() || self.filter.is_some()
    }

    /// Sets the format unless one was requested.
    pub(crate) fn prefer(&mut self, form: OutputFormat) {
        if self.form.is_none() && self.filter.is_none() {
            self.form = Some(form);
        }
    }

    /// Whether CSV with all fields is written.
    pub(crate) fn writes_all_columns(&self) -> bool {
        self.form == Some(OutputFormat::Csv) && self.fields.is_none() && self.filter.is_none()
    }

    /// Writes these fields.
    pub(crate) fn select(&mut self, fields: Vec<String>) {
        self.fields = Some(Fields::new(fields));
    }

    /// Writes one object.
    pub(crate) fn one<T: Row>(&mut self, item: &T) -> Result<(), Failure> {
        let mut list = List::new(self, ListFormat::requested::<T>(self, Count::One));
        list.page(std::slice::from_ref(item))
    }

    /// Writes one object; on a terminal, as a list of all its fields.
    pub(crate) fn details<T: Row>(&mut self, item: &T) -> Result<(), Failure> {
        self.page();
        if self.terminal.is_some() && self.is_table() && !self.quiet {
            self.pairs(item)
        } else {
            self.one(item)
        }
    }

    /// Writes one local object; as a table, a list of all its fields.
    pub(crate) fn report<T: Row>(&mut self, item: &T) -> Result<(), Failure> {
        if self.is_table() { self.pairs(item) } else { self.one(item) }
    }

    /// Writes a trusted line unescaped.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out(), "{line}")?)
    }

    /// Writes trusted bytes unchanged.
    pub(crate) fn write_bytes(&mut self, text: &[u8]) -> Result<(), Failure> {
        Ok(self.out().write_all(text)?)
    }

    /// Starts a list.
    pub(crate) fn list<T: Row>(&mut self) -> List<'_, T> {
        let format = ListFormat::requested::<T>(self, Count::Many);
        List::new(self, format)
    }

    /// Starts an unbounded list: also as JSON, each item is on its own line.
    pub(crate) fn stream<T: Row>(&mut self) -> List<'_, T> {
        let format = ListFormat::requested::<T>(self, Count::Endless);
        List::new(self, format)
    }

    /// Starts a list of JSON values, one per line, unless another format was requested.
    ///
    /// Unless written to a terminal the texts are exact, so that they can be imported elsewhere.
    pub(crate) fn lines<T: Row>(&mut self) -> List<'_, T> {
        let format = match (self.form, &self.filter, self.terminal) {
            (None, None, Some(_)) => ListFormat::Lines,
            (None, None, None) => ListFormat::ExactLines,
            _ => ListFormat::requested::<T>(self, Count::Many),
        };
        List::new(self, format)
    }

    /// Writes the document of an item: its exact text, or escaped JSON on a terminal. Writes the whole
    /// item for formats without documents and for --fields.
    pub(crate) fn document<T: Row>(&mut self, item: &T, of: fn(&T) -> &str) -> Result<(), Failure> {
        let text = of(item);
        let is_row = self.fields.is_some()
            || matches!(self.form, Some(OutputFormat::Csv | OutputFormat::Tsv | OutputFormat::Name));
        if is_row {
            return self.one(item);
        }
        self.page();
        if self.filter.is_some() {
            return self.filtered(text);
        }
        let text = match (self.form, self.terminal) {
            (Some(OutputFormat::Ndjson), _) => escape_json_line(text),
            (Some(OutputFormat::Yaml), _) => {
                return Ok(write!(self.out(), "{}", yaml::document(&scanned(text)?)?)?);
            }
            (Some(OutputFormat::Json), _) | (_, Some(_)) => escape_json(text),
            (_, None) => text.to_owned(),
        };
        Ok(writeln!(self.out(), "{text}")?)
    }

    /// Starts the pager if standard output is a terminal.
    pub(crate) fn page(&mut self) {
        if self.terminal.is_some() && self.pager.is_none() {
            self.pager = Pager::start();
        }
    }

    /// Prints a notice to standard error, unless --quiet is given.
    pub(crate) fn note(&mut self, note: impl fmt::Display) {
        match &self.pager {
            _ if self.quiet => {}
            Some(_) => self.delayed_notes.push(note.to_string()),
            None => print_line(&note.to_string()),
        }
    }

    /// Flushes the output and waits for the pager.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        let flushed = self.out().flush();
        let paged = self.pager.take().map_or(Ok(()), Pager::finish);
        for note in self.delayed_notes.drain(..) {
            print_line(&note);
        }
        paged?;
        Ok(flushed?)
    }

    fn form(&self) -> OutputFormat {
        self.form.unwrap_or(OutputFormat::Table)
    }

    fn is_table(&self) -> bool {
        self.form() == OutputFormat::Table && self.filter.is_none()
    }

    /// Whether a table with its default columns is written to a terminal.
    pub(crate) fn is_terminal_table(&self) -> bool {
        self.terminal.is_some() && self.is_table() && self.fields.is_none() && !self.quiet
    }

    fn out(&mut self) -> &mut dyn Write {
        match &mut self.pager {
            Some(pager) => pager,
            None => &mut self.out,
        }
    }

    /// Writes fields as names with values.
    fn pairs<T: Row>(&mut self, item: &T) -> Result<(), Failure> {
        let pairs: Vec<(String, String)> = match &self.fields {
            Some(fields) => fields.names().iter().cloned().zip(self.cells(item)?).collect(),
            None => item.details().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        };
        let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or_default() + 1;
        for (name, value) in pairs {
            let value = Untrusted::from(value);
            match self.terminal {
                Some(_) => writeln!(self.out(), "{:width$}  {}", format!("{name}:"), value.escaped())?,
                None => writeln!(self.out(), "{name}\t{}", value.escaped())?,
            }
        }
        Ok(())
    }

    /// Returns the cells of the requested fields, or of the default columns.
    fn cells<T: Row>(&self, item: &T) -> Result<Vec<String>, Failure> {
        let Some(fields) = &self.fields else {
            let is_for_person = self.terminal.is_some() && self.form() != OutputFormat::Tsv;
            return Ok(item.cells(is_for_person));
        };
        let cells = fields.cells(&scanned(&json::of(item)?)?);
        Ok(cells.into_iter().map(|cell| cell.text).collect())
    }

    /// Serializes an item: all of it, or the requested fields.
    fn json_of<T: Row>(&self, item: &T, is_pretty: bool) -> Result<String, Failure> {
        match &self.fields {
            None if is_pretty => json::pretty(item),
            None => json::of(item),
            Some(fields) => {
                let text = json::of(item)?;
                let object = scanned(&text)?;
                let selected = fields.select(&object);
                if is_pretty { json::pretty(&selected) } else { json::of(&selected) }
            }
        }
    }

    /// Writes the result of the filter for a JSON text.
    fn filtered(&mut self, text: &str) -> Result<(), Failure> {
        if let Some(filter) = &self.filter {
            let lines = filter.run(text, self.form)?;
            self.out().write_all(lines.as_bytes())?;
        }
        Ok(())
    }
}
