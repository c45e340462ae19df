//! The fields of forms.

use std::sync::LazyLock;

use vitae_contracts_core::limits::check_password;
use vitae_sdk::{ResumeSummary, User};
use vitae_sdk_workspace::fields::{Described, InputKind};
use vitae_sdk_workspace::{Draft, Kind, document};

/// One field of a form.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) label: String,
    /// The JSON pointer in errors of the server; empty for a field that is not sent.
    pub(crate) pointer: String,
    pub(crate) input: Input,
    /// Checks a text; the error is a fragment.
    pub(crate) check: fn(&str) -> Result<(), String>,
}

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// A line of text: the value with this key.
    Line(&'static str),
    /// One of these values: the value with this key.
    Choice(&'static str, &'static [&'static str]),
    /// A member of the document's `basics`.
    Basics(&'static str),
    /// The whole document, in the user's own editor.
    Document,
    /// A password: shown as dots, not part of the draft.
    Hidden,
}

static NEW_PERSON: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let mut fields = described::<User>();
    fields.push(hidden("Password", "/password", check_optional_password));
    fields
});
static PERSON: LazyLock<Vec<Field>> = LazyLock::new(described::<User>);
static RESUME: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let mut fields = described::<ResumeSummary>();
    let last = fields.iter().position(|field| field.input == Input::Document).unwrap_or(fields.len());
    let basics =
        [("Name", "name"), ("Label", "label"), ("E-mail", "email"), ("Phone", "phone"), ("Web", "url")];
    fields.splice(
        last..last,
        basics.map(|(label, key)| {
            let pointer = format!("/document/basics/{key}");
            Field { label: label.to_owned(), pointer, input: Input::Basics(key), check: unchecked }
        }),
    );
    fields
});
static PASSWORD: LazyLock<Vec<Field>> =
    LazyLock::new(|| vec![hidden("Password", "/password", check_password), hidden("Repeat", "", unchecked)]);
static OWN_PASSWORD: LazyLock<Vec<Field>> = LazyLock::new(|| {
    vec![
        hidden("Current", "/current_password", check_optional_password),
        hidden("New", "/password", check_password),
        hidden("Repeat", "", unchecked),
    ]
});

/// Returns the fields of a form for this kind of draft.
pub(crate) fn fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::NewPerson => &NEW_PERSON,
        Kind::Person => &PERSON,
        Kind::NewResume | Kind::Resume => &RESUME,
        Kind::Password => &PASSWORD,
        Kind::OwnPassword => &OWN_PASSWORD,
    }
}

/// Returns the editable fields of an object.
fn described<T: Described>() -> Vec<Field> {
    let fields = T::inputs().map(|(field, input)| Field {
        label: capitalized(field.label),
        pointer: format!("/{}", field.key),
        input: match input.kind {
            InputKind::Line | InputKind::Tags | InputKind::Labels => Input::Line(field.key),
            InputKind::Choice(choices) => Input::Choice(field.key, choices),
            InputKind::Document => Input::Document,
        },
        check: input.check,
    });
    fields.collect()
}

fn hidden(label: &str, pointer: &str, check: fn(&str) -> Result<(), String>) -> Field {
    Field { label: label.to_owned(), pointer: pointer.to_owned(), input: Input::Hidden, check }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

impl Input {
    /// Whether the field shows the value with this key, or a part of it.
    pub(crate) fn shows(self, value: &str) -> bool {
        match self {
            Self::Line(key) | Self::Choice(key, _) => key == value,
            Self::Document => value == "document",
            Self::Basics(_) | Self::Hidden => false,
        }
    }

    /// Returns the text of a draft that the field shows.
    pub(crate) fn text(self, draft: &Draft) -> String {
        match self {
            Self::Line(key) | Self::Choice(key, _) => draft.values.text(key).to_owned(),
            Self::Basics(key) => document::basics(draft.document(), key).unwrap_or_default(),
            Self::Document => draft.document().to_owned(),
            Self::Hidden => String::new(),
        }
    }

    /// Puts a typed text into a draft.
    pub(crate) fn set(self, draft: &mut Draft, text: &str) {
        match self {
            Self::Line(key) | Self::Choice(key, _) => draft.values.set(key, text),
            Self::Basics(key) => {
                if let Some(changed) = document::with_basics(draft.document(), key, text) {
                    draft.values.set("document", changed);
                }
            }
            Self::Document | Self::Hidden => {}
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of a check")]
fn unchecked(_: &str) -> Result<(), String> {
    Ok(())
}

fn check_optional_password(text: &str) -> Result<(), String> {
    if text.is_empty() { Ok(()) } else { check_password(text) }
}
