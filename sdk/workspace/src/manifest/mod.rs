//! People and resumes as files describe them.
//!
//! A file contains one object, several (YAML documents, JSON values one after the other), or a list of them. `kind`
//! is `user` or `resume`; without it the fields decide. Fields that a file does not contain stay as they are.

mod yaml;

use std::path::PathBuf;

use vitae_contracts_document::{Kind, Scanned, Value, scan};
use vitae_sdk::{RawValue, ResumeId, ResumeSummary, Status, UserId};

use crate::Values;
use crate::fields::{Described, InputKind, text_of_json};

/// One object of a manifest.
#[derive(Debug)]
pub enum Object {
    /// A person.
    User(User),
    /// A resume.
    Resume(Resume),
}

/// A person; absent fields stay as they are.
#[derive(Debug, Clone, Default)]
pub struct User {
    /// The id; without one the e-mail identifies the person.
    pub id: Option<UserId>,
    /// The editable fields that the manifest contains.
    pub values: Values,
    /// Active or disabled.
    pub status: Option<Status>,
}

/// A resume; absent fields stay as they are.
#[derive(Debug, Clone, Default)]
pub struct Resume {
    /// The id; without one owner and title identify the resume.
    pub id: Option<ResumeId>,
    /// The e-mail or id of the owner.
    pub owner: Option<String>,
    /// The editable fields that the manifest contains, except the document.
    pub values: Values,
    /// The whole document.
    pub document: Option<Document>,
}

/// Where the document of a resume is.
#[derive(Debug, Clone)]
pub enum Document {
    /// In the manifest.
    Inline(Box<RawValue>),
    /// In this file, relative to the manifest.
    File(PathBuf),
}

/// The syntax of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON values one after the other.
    Json,
    /// YAML documents.
    Yaml,
}

impl Format {
    /// Returns the format that a file's extension names.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match &*extension.to_lowercase() {
            "json" | "ndjson" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// Returns the format that a text looks like.
    ///
    /// YAML includes JSON but does not keep the text of numbers, so a text that begins as JSON is read as JSON.
    pub fn of_text(text: &str) -> Self {
        if text.trim_start().starts_with(['{', '[']) { Self::Json } else { Self::Yaml }
    }
}

/// Reads the objects of a manifest.
///
/// # Errors
///
/// For a text that is not well-formed and for an object with an unknown field or a value of another type; the
/// message names the object by its position, from 1.
pub fn parse(text: &str, format: Format) -> Result<Vec<Object>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut objects = Vec::new();
    for (at, value) in values(text, format)?.iter().enumerate() {
        let in_object = |message: String| format!("object {}: {message}", at + 1);
        let scanned = scan(value.as_bytes()).map_err(|e| in_object(e.to_string()))?;
        let items: Vec<Value<'_>> = match scanned.kind() {
            Kind::Array => scanned.root().elements().collect(),
            _ => vec![scanned.root()],
        };
        for item in items {
            objects.push(object(item.scanned()).map_err(in_object)?);
        }
    }
    Ok(objects)
}

/// Returns the JSON texts of a manifest.
fn values(text: &str, format: Format) -> Result<Vec<String>, String> {
    match format {
        Format::Yaml => yaml::read(text),
        Format::Json => {
            let values = serde_json::Deserializer::from_str(text).into_iter::<Box<RawValue>>();
            values.map(|value| value.map(|value| value.get().to_owned()).map_err(|e| e.to_string())).collect()
        }
    }
}

fn object(stated: Scanned<'_>) -> Result<Object, String> {
    if stated.kind() != Kind::Object {
        return Err(format!("expected an object, found {}", stated.kind()));
    }
    let kind = stated.get("kind").map(|kind| kind.as_str().unwrap_or_default().to_lowercase());
    let is_user = match kind.as_deref() {
        Some("user" | "users" | "person") => true,
        Some("resume" | "resumes") => false,
        Some(other) => return Err(format!("kind: expected user or resume, found \"{other}\"")),
        None if stated.get("email").is_some() => true,
        None if ["title", "document", "document_file"].iter().any(|key| stated.get(key).is_some()) => false,
        None => return Err("expected a kind: user or resume".to_owned()),
    };
    if is_user { user(stated).map(Object::User) } else { resume(stated).map(Object::Resume) }
}

fn user(stated: Scanned<'_>) -> Result<User, String> {
    if stated.get("password").is_some() {
        return Err("passwords cannot be applied; set one with `vitae users set-password`".to_owned());
    }
    reject_unknown::<vitae_sdk::User>(stated, &["id", "status"])?;
    let status = text(stated, "status")?.map(|status| {
        Status::parse_known(&status.to_lowercase())
            .ok_or_else(|| format!("status: expected active or disabled, found \"{status}\""))
    });
    let user = User {
        id: id(stated)?,
        values: stated_values::<vitae_sdk::User>(stated)?,
        status: status.transpose()?,
    };
    if user.id.is_none() && user.values.get("email").is_none() {
        return Err("expected an e-mail or an id".to_owned());
    }
    Ok(user)
}

fn resume(stated: Scanned<'_>) -> Result<Resume, String> {
    reject_unknown::<ResumeSummary>(stated, &["id", "owner", "owner_id", "document", "document_file"])?;
    let document = match (stated.get("document"), text(stated, "document_file")?) {
        (Some(_), Some(_)) => return Err("expected document or document_file, found both".to_owned()),
        (Some(document), None) if document.kind() == Kind::Object => {
            let text = document.text().to_owned();
            Some(Document::Inline(RawValue::from_string(text).map_err(|e| format!("document: {e}"))?))
        }
        (Some(document), None) => {
            return Err(format!("document: expected an object, found {}", document.kind()));
        }
        (None, Some(file)) => Some(Document::File(file.into())),
        (None, None) => None,
    };
    let resume = Resume {
        id: id(stated)?,
        owner: owner(stated)?,
        values: stated_values::<ResumeSummary>(stated)?,
        document,
    };
    if resume.id.is_none() && resume.values.get("title").is_none() {
        return Err("expected a title or an id".to_owned());
    }
    Ok(resume)
}

/// Returns the editable fields of an object as text; the document is read by itself.
fn stated_values<T: Described>(stated: Scanned<'_>) -> Result<Values, String> {
    let mut values = Values::default();
    for (field, input) in T::inputs().filter(|(_, input)| input.kind != InputKind::Document) {
        let Some(value) = stated.get(field.key) else { continue };
        let invalid = |message| format!("{}: {message}", field.key);
        let text = match text_of_json(input.kind, value).map_err(invalid)? {
            Some(text) => text,
            // As in the API, null removes an optional value.
            None if !input.is_required && matches!(input.kind, InputKind::Line | InputKind::Labels) => {
                String::new()
            }
            None => continue,
        };
        let text = if matches!(input.kind, InputKind::Choice(_)) { text.to_lowercase() } else { text };
        if matches!(input.kind, InputKind::Choice(_)) {
            (input.check)(&text).map_err(invalid)?;
        }
        values.set(field.key, text);
    }
    Ok(values)
}

/// Returns the owner: an e-mail or id, or the id of the object that the server answers with.
fn owner(stated: Scanned<'_>) -> Result<Option<String>, String> {
    match stated.get("owner").filter(|owner| owner.kind() == Kind::Object) {
        Some(owner) => text(owner.scanned(), "id"),
        None => Ok(text(stated, "owner")?.or(text(stated, "owner_id")?)),
    }
}

fn id<T: std::str::FromStr>(stated: Scanned<'_>) -> Result<Option<T>, String> {
    let id = text(stated, "id")?;
    id.map(|id| id.parse().map_err(|_| format!("id: expected a UUID, found \"{id}\""))).transpose()
}

fn text(stated: Scanned<'_>, name: &str) -> Result<Option<String>, String> {
    let Some(value) = stated.get(name) else { return Ok(None) };
    text_of_json(InputKind::Line, value).map_err(|message| format!("{name}: {message}"))
}

/// Rejects a field that neither the object nor the manifest format has. Fields that the server sets are ignored, so
/// that an answer of the server can be applied as it is.
fn reject_unknown<T: Described>(stated: Scanned<'_>, also: &[&str]) -> Result<(), String> {
    let inputs = || T::inputs().map(|(field, _)| field.key).chain(also.iter().copied()).chain(["kind"]);
    let is_known = |key: &str| {
        inputs().any(|known| known == key)
            || key == "created_at"
            || T::DESCRIPTORS.iter().any(|field| field.input.is_none() && field.key == key)
    };
    match stated.members().find(|(key, _)| !is_known(key)) {
        Some((key, _)) => {
            let mut names: Vec<&str> = inputs().collect();
            names.sort_unstable();
            names.dedup();
            Err(format!("unknown field \"{key}\"; known are {}", names.join(", ")))
        }
        None => Ok(()),
    }
}
