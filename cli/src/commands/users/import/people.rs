//! Reads people from CSV or lines of JSON, one at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use csv::{Reader, ReaderBuilder, StringRecord, WriterBuilder};
use vitae_contracts_core::limits::check_label_key;
use vitae_contracts_document::{Kind, scan};
use vitae_sdk::User;
use vitae_sdk_workspace::fields::{
    Described as _, InputKind, InvalidField, PersonColumn, PersonRow, text_of_json,
};

use crate::bulk::InputRow;
use crate::bulk::input::Input;
use crate::documents::{self, name_of};
use crate::errors::{Failure, FileLocation};
use crate::exit;
use crate::output;

/// Maximum bytes of a line.
const LINE: u64 = 64 << 10;

/// The people of one file.
pub(super) struct Table {
    name: String,
    rows: Rows,
}

enum Rows {
    Csv(Box<Csv>),
    Lines(BufReader<Box<dyn Read + Send>>),
}

struct Csv {
    reader: Reader<Box<dyn Read + Send>>,
    columns: Vec<String>,
    delimiter: u8,
    /// The parser ends a line at its carriage return, and counts the following line feed to the next line.
    lag: u64,
}

impl Table {
    /// Detects the format: a leading object means lines of JSON, anything else CSV with a header.
    pub(super) fn open(input: Input) -> Result<Self, Failure> {
        let (name, file): (String, File) = match input {
            Input::Spool(file) => ("standard input".to_owned(), file),
            Input::Path(path) => {
                let name = name_of(&path);
                let location = FileLocation { file: name.clone(), line: None };
                let file = File::open(&path).map_err(|e| documents::unreadable(&location, &e))?;
                (name, file)
            }
        };
        let location = FileLocation { file: name.clone(), line: None };
        let mut head = Vec::new();
        let mut input = BufReader::new(file);
        let read = input.by_ref().take(LINE).read_until(b'\n', &mut head);
        read.map_err(|e| documents::unreadable(&location, &e))?;
        let line = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).to_vec();
        let first = line.trim_ascii().first().copied();
        let delimiter = delimiter_of(&line);
        let lag = u64::from(line.ends_with(b"\r\n"));
        let whole: Box<dyn Read + Send> = Box::new(io::Cursor::new(line).chain(input));
        let rows = match first {
            Some(b'{') => Rows::Lines(BufReader::new(whole)),
            Some(b'[') => {
                return Err(Failure::new(exit::INVALID_INPUT, "the file is a JSON array")
                    .in_file(&location)
                    .next("write one person per line, like `vitae users list -o ndjson`"));
            }
            None => return Err(Failure::new(exit::INVALID_INPUT, "contains no people").in_file(&location)),
            Some(_) => {
                let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(whole);
                let columns = columns(&mut reader, &location)?;
                Rows::Csv(Box::new(Csv { reader, columns, delimiter, lag }))
            }
        };
        Ok(Self { name, rows })
    }

    /// Returns the header for the file of rejected rows.
    pub(super) fn head(&self) -> Option<Vec<u8>> {
        let Rows::Csv(csv) = &self.rows else { return None };
        Some(line_of(&StringRecord::from(csv.columns.clone()), csv.delimiter))
    }

    /// Passes every person to `take`, in order, until it returns false.
    pub(super) fn read(self, take: &mut dyn FnMut(InputRow<PersonRow>) -> bool) {
        match self.rows {
            Rows::Csv(csv) => read_table(*csv, &self.name, take),
            Rows::Lines(input) => read_lines(input, &self.name, take),
        }
    }
}

/// Detects the delimiter of the header.
fn delimiter_of(header: &[u8]) -> u8 {
    let has = |byte: u8| header.contains(&byte);
    match (has(b','), has(b';'), has(b'\t')) {
        (false, true, _) => b';',
        (false, false, true) => b'\t',
        _ => b',',
    }
}

/// Returns the column names; fails for unknown columns and passwords.
fn columns(
    reader: &mut Reader<Box<dyn Read + Send>>,
    location: &FileLocation,
) -> Result<Vec<String>, Failure> {
    let invalid = |what: String| {
        let columns = PersonRow::columns().collect::<Vec<_>>().join(", ");
        let required = PersonRow::required_columns().collect::<Vec<_>>().join(" and ");
        Failure::new(exit::INVALID_INPUT, what)
            .in_file(location)
            .next(format!("name the columns in the first line: {columns}; only {required} are required"))
    };
    let header = reader.headers().map_err(|e| invalid(format!("the header cannot be read: {e}")))?;
    // Keys of labels are case-sensitive; names of columns are not.
    let name = |name: &str| match PersonRow::column(name.trim()) {
        Some(PersonColumn::Label(key)) => format!("label:{key}"),
        _ => name.trim().to_lowercase(),
    };
    let columns: Vec<String> = header.iter().map(name).collect();
    for (at, name) in columns.iter().enumerate() {
        if name == "password" {
            return Err(password_rejected().in_file(location));
        }
        match PersonRow::column(name) {
            None => return Err(invalid(format!("unknown column \"{name}\""))),
            Some(PersonColumn::Label(key)) => {
                check_label_key(key).map_err(|message| invalid(format!("column \"{name}\": {message}")))?;
            }
            Some(PersonColumn::Field(_) | PersonColumn::Ignored) => {}
        }
        if columns[..at].contains(name) {
            return Err(invalid(format!("duplicate column \"{name}\"")));
        }
    }
    match PersonRow::required_columns().find(|required| !columns.iter().any(|name| name == required)) {
        Some(missing) => Err(invalid(format!("the column {missing} is missing"))),
        None => Ok(columns),
    }
}

/// Passwords are rejected: a file with passwords is read by other programs and outlives the import.
fn password_rejected() -> Failure {
    Failure::new(exit::INVALID_INPUT, "passwords are not imported")
        .next("remove them; set passwords with `vitae users set-password EMAIL --password-stdin`")
}

fn read_table(csv: Csv, name: &str, take: &mut dyn FnMut(InputRow<PersonRow>) -> bool) {
    let Csv { mut reader, columns, delimiter, lag } = csv;
    let mut record = StringRecord::new();
    loop {
        let line = reader.position().line();
        let read = reader.read_record(&mut record);
        let line = record.position().map_or(line, csv::Position::line);
        let location = FileLocation { file: name.to_owned(), line: Some(line + lag) };
        let content = match read {
            Ok(false) => return,
            Ok(true) => row(&record, &columns),
            Err(error) => Err(Failure::new(exit::INVALID_INPUT, format!("the row cannot be read: {error}"))),
        };
        let size = record.as_slice().len();
        let raw = Some(line_of(&record, delimiter));
        let content = content.map_err(|failure| failure.in_file(&location));
        if !take(InputRow { location, size, raw, content }) {
            return;
        }
    }
}

fn row(record: &StringRecord, columns: &[String]) -> Result<PersonRow, Failure> {
    if record.len() != columns.len() {
        let what = format!("expected {} cells, found {}", columns.len(), record.len());
        return Err(Failure::new(exit::INVALID_INPUT, what));
    }
    let cells = columns
        .iter()
        .map(String::as_str)
        .zip(record.iter().map(|text| output::without_apostrophe(text.trim())));
    PersonRow::read(cells).map_err(|field| invalid(&field))
}

fn invalid(field: &InvalidField) -> Failure {
    Failure::new(exit::INVALID_INPUT, field.to_string())
}

fn read_lines(mut input: impl BufRead, name: &str, take: &mut dyn FnMut(InputRow<PersonRow>) -> bool) {
    for number in 1.. {
        let location = FileLocation { file: name.to_owned(), line: Some(number) };
        let mut line = Vec::new();
        match input.by_ref().take(LINE).read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(_) if line.trim_ascii().is_empty() => continue,
            Ok(_) => {}
            Err(error) => {
                let content = Err(documents::unreadable(&location, &error));
                take(InputRow { location, size: 0, raw: None, content });
                return;
            }
        }
        let content = of_line(&line).map_err(|failure| failure.in_file(&location));
        // A line with a password is not copied to the file of rejected rows.
        let raw = (!holds_password(&line)).then(|| line.clone());
        if !take(InputRow { location, size: line.len(), raw, content }) {
            return;
        }
    }
}

fn holds_password(line: &[u8]) -> bool {
    scan(line).map_or(true, |scanned| scanned.get("password").is_some())
}

fn of_line(line: &[u8]) -> Result<PersonRow, Failure> {
    let odd = |what: String| Failure::new(exit::INVALID_INPUT, what);
    let scanned = scan(line).map_err(|e| odd(format!("the line is not well-formed JSON: {e}")))?;
    if scanned.kind() != Kind::Object {
        return Err(odd(format!("expected an object, found {}", scanned.kind())));
    }
    let mut cells = Vec::new();
    for (key, value) in scanned.members() {
        if key == "password" {
            return Err(password_rejected());
        }
        let kind = match PersonRow::column(&key) {
            Some(PersonColumn::Field(name)) => kind_of(name),
            Some(PersonColumn::Label(_)) => InputKind::Line,
            Some(PersonColumn::Ignored) => continue,
            None => return Err(odd(format!("unknown field \"{key}\""))),
        };
        let text = text_of_json(kind, value).map_err(|message| odd(format!("{key}: {message}")))?;
        cells.push((key, text.unwrap_or_default()));
    }
    PersonRow::read(cells.iter().map(|(key, text)| (&**key, &**text))).map_err(|field| invalid(&field))
}

fn kind_of(field: &str) -> InputKind {
    let input = User::field(field).and_then(|field| field.input.as_ref());
    input.map_or(InputKind::Line, |input| input.kind)
}

fn line_of(record: &StringRecord, delimiter: u8) -> Vec<u8> {
    let mut writer = WriterBuilder::new().delimiter(delimiter).flexible(true).from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = writer.write_record(record);
    writer.into_inner().unwrap_or_default()
}
