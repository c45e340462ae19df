//! One descriptor for each field of a person and of a resume.
//!
//! To add a field to people, add one entry to `people::FIELDS`: forms, columns, drafts, manifests,
//! imports and exports follow.

pub mod labels;
mod people;
mod resumes;
pub mod tags;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use vitae_contracts_core::limits::check_label_key;
use vitae_contracts_core::{Timestamp, Untrusted};
use vitae_contracts_document as document;
use vitae_sdk::{CreateResume, CreateUser, RawValue, ReplaceResume, ResumeSummary, UpdateUser, User};

pub use people::{InvalidField, PersonColumn, PersonRow};

/// An object whose fields are described.
pub trait Described: Sized + 'static {
    /// The request that creates one.
    type New: 'static;
    /// The request that changes one.
    type Update: 'static;
    /// All fields, in the order in which forms and detail views show them.
    const DESCRIPTORS: &'static [Field<Self>];

    /// Returns a request that creates an object without values.
    fn blank() -> Self::New;

    /// Returns the field with this key.
    fn field(key: &str) -> Option<&'static Field<Self>> {
        Self::DESCRIPTORS.iter().find(|field| field.key == key)
    }

    /// Returns the fields that a user can edit, with how they are edited.
    fn inputs() -> impl Iterator<Item = (&'static Field<Self>, &'static Input<Self>)> {
        Self::DESCRIPTORS.iter().filter_map(|field| Some((field, field.input.as_ref()?)))
    }
}

impl Described for User {
    type New = CreateUser;
    type Update = UpdateUser;
    const DESCRIPTORS: &'static [Field<Self>] = people::FIELDS;

    fn blank() -> CreateUser {
        CreateUser::new(String::new(), String::new())
    }
}

impl Described for ResumeSummary {
    type New = CreateResume;
    type Update = ReplaceResume;
    const DESCRIPTORS: &'static [Field<Self>] = resumes::FIELDS;

    fn blank() -> CreateResume {
        let document = RawValue::from_string("{}".to_owned()).unwrap_or_default();
        CreateResume::new(String::new(), document)
    }
}

/// One field of an object.
pub struct Field<T: Described> {
    /// The member in JSON; also the CSV column, the key in manifests and the name in `--fields`.
    ///
    /// A dot separates a member of an inner object, as in `owner.name`.
    pub key: &'static str,
    /// The label in forms and detail views, in lower case.
    pub label: &'static str,
    /// The column in lists; none where lists cannot show the field.
    pub column: Option<Column>,
    /// Returns the value of an object.
    pub value: for<'a> fn(&'a T) -> Value<'a>,
    /// How the field is edited; none for a field that the server sets.
    pub input: Option<Input<T>>,
}

impl<T: Described> fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Field").field(&self.key).finish()
    }
}

/// How a field is edited.
pub struct Input<T: Described> {
    /// The widget, the text form and the way of merging.
    pub kind: InputKind,
    /// Whether a new object must have it.
    pub is_required: bool,
    /// Checks the text form; the error is a fragment such as "expected at most 200 characters, found 201".
    pub check: fn(&str) -> Result<(), String>,
    /// Puts a checked text into the request that creates an object.
    pub set: fn(&mut T::New, &str),
    /// Puts a change from one checked text to another into the request that updates an object.
    pub change: fn(&mut T::Update, before: &str, after: &str),
}

/// The kinds of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// A line of text.
    Line,
    /// One of these values.
    Choice(&'static [&'static str]),
    /// A set of tags; see [`tags`].
    Tags,
    /// A map of labels; see [`labels`].
    Labels,
    /// A JSON document.
    Document,
}

/// A column of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The heading, in lower case.
    pub title: &'static str,
    /// The server's name of the sort order by this field.
    pub sort: Option<&'static str>,
    /// The least width, in terminal columns.
    pub width: usize,
    /// The share of the width that is left over; zero for a fixed width.
    pub share: usize,
    /// The rank of importance, zero first. Narrow terminals drop the highest; from [`Column::ON_REQUEST`] on a
    /// column is shown only on request.
    pub rank: u8,
}

impl Column {
    /// The rank from which a column is shown only on request.
    pub const ON_REQUEST: u8 = 9;
}

/// The value of a field, as each client formats it in its own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// No value.
    None,
    /// Text that a user entered. It may contain control characters until the client escapes it.
    Text(&'a Untrusted),
    /// Text from this program or a fixed set, such as a role or an id.
    Plain(Cow<'a, str>),
    /// A count or a version.
    Number(u64),
    /// An instant.
    Time(Timestamp),
    /// Texts that users entered.
    List(&'a [Untrusted]),
    /// Labels: keys and values that users entered.
    Labels(&'a BTreeMap<Untrusted, Untrusted>),
}

impl Value<'_> {
    /// Returns the text form: what a form, a manifest and a CSV cell contain.
    pub fn to_text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) => text.as_str().to_owned(),
            Self::Plain(text) => text.clone().into_owned(),
            Self::Number(number) => number.to_string(),
            Self::Time(at) => at.to_string(),
            Self::List(texts) => tags::print(texts),
            Self::Labels(labels) => {
                labels::print(labels.iter().map(|(key, value)| (key.as_str(), value.as_str())))
            }
        }
    }
}

/// Returns the text form of a JSON value of this kind of input: a string, a list of tags or a map of labels.
///
/// Null has none.
///
/// # Errors
///
/// For a value of another type.
pub fn text_of_json(kind: InputKind, value: document::Value<'_>) -> Result<Option<String>, String> {
    let expected = |what: &str| format!("expected {what}, found {}", value.kind());
    let string = |value: document::Value<'_>| value.as_str().map(Cow::into_owned);
    match (kind, value.kind()) {
        (_, document::Kind::Null) => Ok(None),
        (InputKind::Tags, document::Kind::Array) => {
            let tags: Option<Vec<String>> = value.elements().map(string).collect();
            Ok(Some(tags.ok_or("expected a list of strings")?.join(", ")))
        }
        (InputKind::Labels, document::Kind::Object) => {
            let scanned = value.scanned();
            let mut labels = labels::Labels::new();
            for (key, value) in scanned.members() {
                check_label_key(&key)?;
                let text = string(value)
                    .ok_or_else(|| format!("{key}: expected a string, found {}", value.kind()))?;
                labels.insert(key.into_owned(), text);
            }
            Ok(Some(labels::print(labels.iter().map(|(key, value)| (&**key, &**value)))))
        }
        (InputKind::Tags, _) => Err("expected a list of strings".to_owned()),
        (InputKind::Labels, _) => Err(expected("an object of strings")),
        (InputKind::Line | InputKind::Choice(_) | InputKind::Document, _) => {
            string(value).map(Some).ok_or_else(|| expected("a string"))
        }
    }
}

/// Returns the JSON of a text form.
pub fn json_of_text(kind: InputKind, text: &str) -> serde_json::Value {
    match kind {
        InputKind::Tags => tags::parse(text).into(),
        InputKind::Labels => serde_json::json!(labels::parse(text).unwrap_or_default()),
        InputKind::Line | InputKind::Choice(_) | InputKind::Document => text.into(),
    }
}

/// Returns the keys of all fields, for constants: those in `first`, then the others in the order of the descriptors.
pub const fn keys<T: Described, const N: usize>(
    first: &[&'static str],
    fields: &[Field<T>],
) -> [&'static str; N] {
    let mut keys = [""; N];
    let (mut at, mut next) = (0, 0);
    while next < first.len() {
        keys[next] = first[next];
        next += 1;
    }
    while at < fields.len() {
        if !contains(first, fields[at].key) {
            keys[next] = fields[at].key;
            next += 1;
        }
        at += 1;
    }
    keys
}

const fn contains(keys: &[&str], key: &str) -> bool {
    let mut at = 0;
    while at < keys.len() {
        let (one, two) = (keys[at].as_bytes(), key.as_bytes());
        let mut same = 0;
        while one.len() == two.len() && same < one.len() && one[same] == two[same] {
            same += 1;
        }
        if one.len() == two.len() && same == one.len() {
            return true;
        }
        at += 1;
    }
    false
}

const fn column(
    title: &'static str,
    sort: Option<&'static str>,
    width: usize,
    share: usize,
    rank: u8,
) -> Column {
    Column { title, sort, width, share, rank }
}
