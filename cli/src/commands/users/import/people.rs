//! From a table or lines to people, one after the other.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use csv::{Reader, ReaderBuilder, StringRecord, WriterBuilder};
use vitae_contracts_document::{Kind, scan};
use vitae_sdk::{CreateUser, Status};

use crate::arguments::values;
use crate::bulk::InputRow;
use crate::bulk::input::Input;
use crate::documents::{self, name_of};
use crate::errors::{Failure, InFile};
use crate::exit;
use crate::output;

/// What a row can say.
const TAKEN: [&str; 4] = ["email", "name", "role", "status"];
/// What `vitae users export` writes, too, and the server decides.
const PASSED_OVER: [&str; 5] = ["id", "version", "created_at", "updated_at", "deleted_at"];
/// Bytes of a line.
const LINE: u64 = 64 << 10;

/// One person to create.
pub(super) struct Person {
    pub(super) user: CreateUser,
    pub(super) is_disabled: bool,
}

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
    /// The parser ends a line at its carriage return, and counts the line feed behind it to the next.
    lag: u64,
}

impl Table {
    /// Looks at the beginning: an object is lines of JSON, all else a table with a header.
    pub(super) fn open(input: Input) -> Result<Self, Failure> {
        let (name, file): (String, File) = match input {
            Input::Spool(file) => ("standard input".to_owned(), file),
            Input::Path(path) => {
                let name = name_of(&path);
                let place = InFile { file: name.clone(), line: None };
                let file = File::open(&path).map_err(|e| documents::unreadable(&place, &e))?;
                (name, file)
            }
        };
        let place = InFile { file: name.clone(), line: None };
        let mut head = Vec::new();
        let mut input = BufReader::new(file);
        let read = input.by_ref().take(LINE).read_until(b'\n', &mut head);
        read.map_err(|e| documents::unreadable(&place, &e))?;
        let line = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).to_vec();
        let first = line.trim_ascii().first().copied();
        let delimiter = delimiter_of(&line);
        let lag = u64::from(line.ends_with(b"\r\n"));
        let whole: Box<dyn Read + Send> = Box::new(io::Cursor::new(line).chain(input));
        let rows = match first {
            Some(b'{') => Rows::Lines(BufReader::new(whole)),
            Some(b'[') => {
                return Err(Failure::new(exit::INVALID_INPUT, "it is one JSON list")
                    .in_file(&place)
                    .next("give one person a line, as `vitae users list -o ndjson` does"));
            }
            None => return Err(Failure::new(exit::INVALID_INPUT, "holds nobody").in_file(&place)),
            Some(_) => {
                let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(whole);
                let columns = columns(&mut reader, &place)?;
                Rows::Csv(Box::new(Csv { reader, columns, delimiter, lag }))
            }
        };
        Ok(Self { name, rows })
    }

    /// What stands above the refused rows, so that they are a table again.
    pub(super) fn head(&self) -> Option<Vec<u8>> {
        let Rows::Csv(csv) = &self.rows else { return None };
        Some(line_of(&StringRecord::from(csv.columns.clone()), csv.delimiter))
    }

    /// Gives every person to `take`, in order, until it wants no more.
    pub(super) fn read(self, take: &mut dyn FnMut(InputRow<Person>) -> bool) {
        match self.rows {
            Rows::Csv(csv) => read_table(*csv, &self.name, take),
            Rows::Lines(input) => read_lines(input, &self.name, take),
        }
    }
}

/// A comma, or what else the header is divided by.
fn delimiter_of(header: &[u8]) -> u8 {
    let has = |byte: u8| header.contains(&byte);
    match (has(b','), has(b';'), has(b'\t')) {
        (false, true, _) => b';',
        (false, false, true) => b'\t',
        _ => b',',
    }
}

/// The names of the columns, each known and none a password.
fn columns(reader: &mut Reader<Box<dyn Read + Send>>, place: &InFile) -> Result<Vec<String>, Failure> {
    let refuse = |what: String| {
        let taken = TAKEN.join(", ");
        Failure::new(exit::INVALID_INPUT, what)
            .in_file(place)
            .next(format!("the first line names the columns: {taken}; only email and name are needed"))
    };
    let header = reader.headers().map_err(|e| refuse(format!("the header cannot be read: {e}")))?;
    let columns: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    for (at, name) in columns.iter().enumerate() {
        if name == "password" {
            return Err(password_refused().in_file(place));
        }
        if !TAKEN.contains(&name.as_str()) && !PASSED_OVER.contains(&name.as_str()) {
            return Err(refuse(format!("there is no column \"{name}\"")));
        }
        if columns[..at].contains(name) {
            return Err(refuse(format!("there are two columns \"{name}\"")));
        }
    }
    match ["email", "name"].into_iter().find(|needed| !columns.iter().any(|name| name == needed)) {
        Some(missing) => Err(refuse(format!("there is no column {missing}"))),
        None => Ok(columns),
    }
}

/// A file of passwords is read by more than one program, and outlives the import.
fn password_refused() -> Failure {
    Failure::new(exit::INVALID_INPUT, "passwords are not imported")
        .next("take them out; `vitae users set-password EMAIL --password-stdin` gives somebody one")
}

fn read_table(csv: Csv, name: &str, take: &mut dyn FnMut(InputRow<Person>) -> bool) {
    let Csv { mut reader, columns, delimiter, lag } = csv;
    let mut record = StringRecord::new();
    loop {
        let line = reader.position().line();
        let read = reader.read_record(&mut record);
        let line = record.position().map_or(line, csv::Position::line);
        let place = InFile { file: name.to_owned(), line: Some(line + lag) };
        let content = match read {
            Ok(false) => return,
            Ok(true) => cells(&record, &columns).and_then(|cell| person(&cell)),
            Err(error) => Err(Failure::new(exit::INVALID_INPUT, format!("the row cannot be read: {error}"))),
        };
        let size = record.as_slice().len();
        let raw = Some(line_of(&record, delimiter));
        let content = content.map_err(|failure| failure.in_file(&place));
        if !take(InputRow { place, size, raw, content }) {
            return;
        }
    }
}

/// What a row says in a column, if there is such a column and anything in it.
fn cells(record: &StringRecord, columns: &[String]) -> Result<impl Fn(&str) -> Option<String>, Failure> {
    if record.len() != columns.len() {
        let what = format!("expected {} cells, found {}", columns.len(), record.len());
        return Err(Failure::new(exit::INVALID_INPUT, what));
    }
    Ok(move |name: &str| {
        let at = columns.iter().position(|column| column == name)?;
        let text = output::without_apostrophe(record.get(at)?.trim());
        (!text.is_empty()).then(|| text.to_owned())
    })
}

fn read_lines(mut input: impl BufRead, name: &str, take: &mut dyn FnMut(InputRow<Person>) -> bool) {
    for number in 1.. {
        let place = InFile { file: name.to_owned(), line: Some(number) };
        let mut line = Vec::new();
        match input.by_ref().take(LINE).read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(_) if line.trim_ascii().is_empty() => continue,
            Ok(_) => {}
            Err(error) => {
                let content = Err(documents::unreadable(&place, &error));
                take(InputRow { place, size: 0, raw: None, content });
                return;
            }
        }
        let content = of_line(&line).map_err(|failure| failure.in_file(&place));
        // A line with a password is copied nowhere.
        let raw = (!holds_password(&line)).then(|| line.clone());
        if !take(InputRow { place, size: line.len(), raw, content }) {
            return;
        }
    }
}

fn holds_password(line: &[u8]) -> bool {
    scan(line).map_or(true, |scanned| scanned.get("password").is_some())
}

fn of_line(line: &[u8]) -> Result<Person, Failure> {
    let odd = |what: String| Failure::new(exit::INVALID_INPUT, what);
    let scanned = scan(line).map_err(|e| odd(format!("the line is not well-formed JSON: {e}")))?;
    if scanned.kind() != Kind::Object {
        return Err(odd(format!("expected an object, found {}", scanned.kind())));
    }
    for (key, value) in scanned.members() {
        match &*key {
            "password" => return Err(password_refused()),
            key if PASSED_OVER.contains(&key) => {}
            key if !TAKEN.contains(&key) => return Err(odd(format!("there is no field \"{key}\""))),
            _ if matches!(value.kind(), Kind::String | Kind::Null) => {}
            key => return Err(odd(format!("{key}: expected a string, found {}", value.kind()))),
        }
    }
    person(&|name: &str| Some(scanned.get(name)?.as_str()?.into_owned()))
}

fn person(says: &dyn Fn(&str) -> Option<String>) -> Result<Person, Failure> {
    let odd = |name: &str, what: String| Failure::new(exit::INVALID_INPUT, format!("{name}: {what}"));
    let needed = |name: &str| says(name).ok_or_else(|| odd(name, "is missing".to_owned()));
    let role = says("role").map(|text| values::role(&text.to_lowercase()).map_err(|e| odd("role", e)));
    let status =
        says("status").map(|text| values::status(&text.to_lowercase()).map_err(|e| odd("status", e)));
    let user = CreateUser::new(needed("email")?, needed("name")?).role(role.transpose()?);
    Ok(Person { user, is_disabled: status.transpose()? == Some(Status::Disabled) })
}

fn line_of(record: &StringRecord, delimiter: u8) -> Vec<u8> {
    let mut writer = WriterBuilder::new().delimiter(delimiter).flexible(true).from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(record);
    writer.into_inner().unwrap_or_default()
}
