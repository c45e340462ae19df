//! Everything that goes to standard output, and notes to standard error.

mod json;
mod rows;
mod table;

pub(crate) use self::json::{inert, inert_line};
pub(crate) use self::rows::{Column, Row, author};

use std::fmt;
use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write as _};
use std::marker::PhantomData;
use std::mem;

use serde::Serialize;
use terminal_size::{Width, terminal_size};
use vitae_contracts_core::Untrusted;

use self::table::Table;
use crate::arguments::{Form, Global};
use crate::errors::Failure;

/// Room for a page of a list; what is written reaches the reader at its end.
const BUFFER: usize = 64 << 10;
/// The width of a terminal that does not say.
const WIDTH: usize = 80;

/// Standard output in the form that was asked for.
///
/// No text of other people acts on a terminal: tables escape it, JSON escapes it as JSON.
pub(crate) struct Output {
    form: Option<Form>,
    quiet: bool,
    /// Columns of the terminal, if it is one.
    terminal: Option<usize>,
    out: BufWriter<Stdout>,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        let terminal = io::stdout().is_terminal().then(|| match terminal_size() {
            Some((Width(width), _)) if width > 0 => width.into(),
            _ => WIDTH,
        });
        let out = BufWriter::with_capacity(BUFFER, io::stdout());
        Self { form: global.output, quiet: global.quiet, terminal, out }
    }

    /// The form, a table unless told.
    pub(crate) fn form(&self) -> Form {
        self.form.unwrap_or(Form::Table)
    }

    /// Writes one thing: as JSON, or as a row.
    pub(crate) fn one<T: Row + Serialize>(&mut self, item: &T) -> Result<(), Failure> {
        if self.form() == Form::Table {
            return self.list().page(std::slice::from_ref(item));
        }
        self.json(item)
    }

    /// Writes one thing: as JSON, as all its parts on a terminal, else as a row.
    pub(crate) fn details<T: Row + Serialize>(&mut self, item: &T) -> Result<(), Failure> {
        match (self.form(), self.terminal) {
            (Form::Table, Some(_)) if !self.quiet => self.pairs(&item.details()),
            _ => self.one(item),
        }
    }

    /// Writes a line that is no text of other people, as it is.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "{line}")?)
    }

    /// Writes names with values.
    pub(crate) fn pairs(&mut self, pairs: &[(&str, String)]) -> Result<(), Failure> {
        let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, value) in pairs {
            let value = Untrusted::from(value.as_str());
            match self.terminal {
                Some(_) => writeln!(
                    self.out,
                    "{:width$}  {}",
                    format!("{name}:"),
                    value.escaped(),
                    width = width + 1
                )?,
                None => writeln!(self.out, "{name}\t{}", value.escaped())?,
            }
        }
        Ok(())
    }

    /// Writes one value as JSON.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = match self.form() {
            Form::Ndjson => json::line(value)?,
            Form::Table | Form::Json => json::lines(value)?,
        };
        writeln!(self.out, "{text}")?;
        Ok(())
    }

    /// Begins a list.
    pub(crate) fn list<T: Row + Serialize>(&mut self) -> List<'_, T> {
        let table = Table::new(T::COLUMNS, self.terminal);
        let form = match self.form() {
            Form::Table if self.quiet => Written::Ids,
            Form::Table => Written::Rows(table),
            Form::Json => Written::Array { is_empty: true },
            Form::Ndjson => Written::Lines,
        };
        List { output: self, form, item: PhantomData }
    }

    /// Begins a list that nobody knows the end of: also as JSON, each item stands on a line of its own.
    pub(crate) fn feed<T: Row + Serialize>(&mut self) -> List<'_, T> {
        let list = self.list();
        match list.form {
            Written::Array { .. } => List { form: Written::Lines, ..list },
            _ => list,
        }
    }

    /// Begins a list that is JSON in any case, one value a line unless told otherwise.
    ///
    /// Off a terminal the texts in it are exact, so that another server gets what this one has.
    pub(crate) fn lines<T: Row + Serialize>(&mut self) -> List<'_, T> {
        let form = match (self.form, self.terminal) {
            (Some(Form::Json), _) => Written::Array { is_empty: true },
            (Some(Form::Ndjson), _) | (_, Some(_)) => Written::Lines,
            (_, None) => Written::ExactLines,
        };
        List { output: self, form, item: PhantomData }
    }

    /// Writes a document: its exact text, but for a terminal the same JSON without what acts on it.
    pub(crate) fn document(&mut self, text: &str) -> Result<(), Failure> {
        match (self.form(), self.terminal) {
            (Form::Ndjson, _) => writeln!(self.out, "{}", inert_line(text))?,
            (Form::Json, _) | (Form::Table, Some(_)) => writeln!(self.out, "{}", inert(text))?,
            (Form::Table, None) => writeln!(self.out, "{text}")?,
        }
        Ok(())
    }

    /// Says something to the person at the terminal, unless they want quiet.
    pub(crate) fn note(&mut self, note: impl fmt::Display) {
        if !self.quiet {
            say(&note.to_string());
        }
    }

    /// Sends what waits to the reader.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }
}

/// A list that is written page by page.
pub(crate) struct List<'a, T> {
    output: &'a mut Output,
    form: Written,
    item: PhantomData<T>,
}

/// How a list is written.
enum Written {
    Ids,
    Rows(Table),
    Array { is_empty: bool },
    Lines,
    ExactLines,
}

impl<'a, T: Row + Serialize> List<'a, T> {
    /// Writes some items; the reader has them when it returns.
    pub(crate) fn page(&mut self, items: &[T]) -> Result<(), Failure> {
        let Output { terminal, out, .. } = &mut *self.output;
        if let Written::Rows(table) = &mut self.form {
            let rows = items.iter().map(|item| item.cells(terminal.is_some())).collect();
            out.write_all(table.page(rows).as_bytes())?;
            return Ok(out.flush()?);
        }
        for item in items {
            match &mut self.form {
                Written::Rows(_) | Written::Ids => writeln!(out, "{}", item.id())?,
                Written::Array { is_empty } => {
                    let start = if mem::take(is_empty) { "[\n  " } else { ",\n  " };
                    write!(out, "{start}{}", json::line(item)?)?;
                }
                Written::Lines => writeln!(out, "{}", json::line(item)?)?,
                Written::ExactLines => writeln!(out, "{}", json::exact_line(item)?)?,
            }
        }
        Ok(out.flush()?)
    }

    /// Where notes go meanwhile.
    pub(crate) fn output(&mut self) -> &mut Output {
        self.output
    }

    /// Writes what ends the list.
    pub(crate) fn finish(self) -> Result<&'a mut Output, Failure> {
        if let Written::Array { is_empty } = self.form {
            self.output.out.write_all(if is_empty { b"[]\n" } else { b"\n]\n" })?;
        }
        Ok(self.output)
    }
}

/// Writes a line to standard error; a reader who has gone changes nothing.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", Untrusted::from(line).escaped());
}
