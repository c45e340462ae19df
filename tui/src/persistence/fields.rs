//! The fields of forms: what they are called, how they are filled in, what is right in them.

use vitae_contracts_core::limits::{TAGS, check_email, check_password, check_single_line, check_tag};
use vitae_contracts_document::scan;

use crate::persistence::draft::{DOCUMENT, EMAIL, Kind, LABELS, NAME, ROLE, TITLE, tags_of};

/// One field of a form.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) label: &'static str,
    /// Where the server says that a fault of it stands, as a JSON pointer.
    pub(crate) pointer: &'static str,
    pub(crate) input: Input,
    /// What is wrong with a text.
    pub(crate) check: fn(&str) -> Result<(), String>,
}

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// A line of the draft, by its number.
    Line(usize),
    /// One of the roles, kept like a line.
    Role(usize),
    /// A member of the document's `basics`.
    Basics(&'static str),
    /// The document as a whole, in the person's own editor.
    Document,
    /// Shown as dots, and no part of the draft.
    Hidden,
}

const fn field(
    label: &'static str,
    pointer: &'static str,
    input: Input,
    check: fn(&str) -> Result<(), String>,
) -> Field {
    Field { label, pointer, input, check }
}

const NEW_PERSON: &[Field] = &[
    field("Name", "/name", Input::Line(NAME), check_single_line),
    field("E-mail", "/email", Input::Line(EMAIL), check_email),
    field("Role", "/role", Input::Role(ROLE), anything),
    field("Password", "/password", Input::Hidden, check_password_if_any),
];
const PERSON: &[Field] = &[
    field("Name", "/name", Input::Line(NAME), check_single_line),
    field("E-mail", "/email", Input::Line(EMAIL), check_email),
    field("Role", "/role", Input::Role(ROLE), anything),
];
const RESUME: &[Field] = &[
    field("Title", "/title", Input::Line(TITLE), check_single_line),
    field("Tags", "/tags", Input::Line(LABELS), check_tags),
    field("Name", "/document/basics/name", Input::Basics("name"), anything),
    field("Label", "/document/basics/label", Input::Basics("label"), anything),
    field("E-mail", "/document/basics/email", Input::Basics("email"), anything),
    field("Phone", "/document/basics/phone", Input::Basics("phone"), anything),
    field("Web", "/document/basics/url", Input::Basics("url"), anything),
    field("Document", "/document", Input::Document, check_document),
];
const PASSWORD: &[Field] = &[
    field("Password", "/password", Input::Hidden, check_password),
    field("Again", "", Input::Hidden, anything),
];
const OWN_PASSWORD: &[Field] = &[
    field("Now", "/current_password", Input::Hidden, check_password_if_any),
    field("New", "/password", Input::Hidden, check_password),
    field("Again", "", Input::Hidden, anything),
];

impl Kind {
    pub(crate) fn fields(self) -> &'static [Field] {
        match self {
            Self::NewPerson => NEW_PERSON,
            Self::Person => PERSON,
            Self::NewResume | Self::Resume => RESUME,
            Self::Password => PASSWORD,
            Self::OwnPassword => OWN_PASSWORD,
        }
    }
}

impl Input {
    /// Whether the field shows this text of a draft, or a part of it.
    pub(crate) fn is_of(self, text: usize) -> bool {
        match self {
            Self::Line(number) | Self::Role(number) => number == text,
            Self::Document => text == DOCUMENT,
            Self::Basics(_) | Self::Hidden => false,
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where checks stand")]
fn anything(_: &str) -> Result<(), String> {
    Ok(())
}

fn check_password_if_any(text: &str) -> Result<(), String> {
    if text.is_empty() { Ok(()) } else { check_password(text) }
}

fn check_tags(text: &str) -> Result<(), String> {
    let tags = tags_of(text);
    if tags.len() > TAGS {
        return Err(format!("expected at most {TAGS} tags, found {}", tags.len()));
    }
    tags.iter().try_for_each(|tag| check_tag(tag).map(drop))
}

fn check_document(text: &str) -> Result<(), String> {
    let scanned = scan(text.as_bytes()).map_err(|malformed| format!("no well-formed JSON: {malformed}"))?;
    match vitae_contracts_document::check(&scanned).as_slice() {
        [] => Ok(()),
        [one] => Err(format!("{}: {}", one.pointer, one.message)),
        [first, rest @ ..] => Err(format!("{}: {}, and {} more", first.pointer, first.message, rest.len())),
    }
}
