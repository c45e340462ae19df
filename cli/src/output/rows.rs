//! Table rows of people, resumes and revisions.

mod resumes;
pub(super) mod revisions;
mod users;

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use vitae_contracts_document::{Document, scan};
use vitae_sdk::{Timestamp, Untrusted};
use vitae_sdk_workspace::fields::{Described, Value};

use crate::completion_cache::CompletionCache;

/// A column of a table.
#[derive(Clone)]
pub(crate) struct Column {
    pub(super) name: Cow<'static, str>,
    /// Whether it is truncated on a narrow terminal.
    pub(super) is_flexible: bool,
}

impl Column {
    pub(crate) const fn fixed(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), is_flexible: false }
    }

    pub(crate) const fn text(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), is_flexible: true }
    }

    /// Returns the column of a field. Ids and times are not truncated.
    pub(super) fn of_field(field: &str) -> Self {
        let last = field.rsplit('.').next().unwrap_or(field);
        let is_whole = matches!(last, "id" | "at") || last.ends_with("_id") || last.ends_with("_at");
        Self { name: Cow::Owned(field.to_uppercase()), is_flexible: !is_whole }
    }
}

/// An object that can be written in every output format. Cells are escaped when written.
pub(crate) trait Row: Serialize {
    /// The fields for `--fields`: JSON members, nested ones separated by dots. A field that ends in
    /// `.*` has arbitrary content.
    const FIELDS: &'static [&'static str];

    /// The default columns of a table.
    const COLUMNS: &'static [Column];

    /// Returns the id or name that other commands accept.
    fn id(&self) -> String;

    /// Returns a cell for each column, shortened for a person.
    fn cells(&self, is_for_person: bool) -> Vec<String>;

    /// Returns all fields with their names.
    fn details(&self) -> Vec<(&'static str, String)>;

    /// Adds its names to the completion cache.
    fn cache_names(&self, _seen: &mut CompletionCache) {}
}

/// Returns the cell of a described field.
fn field_cell<T: Described>(object: &T, key: &str, is_for_person: bool) -> String {
    match T::field(key).map(|field| (field.value)(object)) {
        Some(Value::Time(at)) => time(at, is_for_person),
        Some(Value::List(texts)) => tags(texts),
        Some(value) => value.to_text(),
        None => String::new(),
    }
}

/// Returns the described fields that have a value, with their labels, the id first.
fn field_details<T: Described>(object: &T) -> Vec<(&'static str, String)> {
    let shown = T::DESCRIPTORS.iter().filter(|field| !matches!(field.key.rsplit_once('.'), Some((_, "id"))));
    let (id, others): (Vec<_>, Vec<_>) = shown.partition(|field| field.key == "id");
    let details = id.into_iter().chain(others).map(|field| {
        let text = field_cell(object, field.key, false);
        (field.label, text)
    });
    details.filter(|(_, text)| !text.is_empty()).collect()
}

fn plain(text: &Untrusted) -> String {
    text.as_str().to_owned()
}

pub(crate) fn tags(tags: &[Untrusted]) -> String {
    tags.iter().map(Untrusted::as_str).collect::<Vec<_>>().join(",")
}

/// Summarizes a document in a few lines.
fn outline(document: &str) -> Vec<(&'static str, String)> {
    let Ok(scanned) = scan(document.as_bytes()) else {
        return Vec::new();
    };
    let mut outline = Vec::new();
    if let Some(basics) = Document::new(&scanned).basics() {
        let parts = [("person", basics.name()), ("label", basics.label()), ("contact", basics.email())];
        outline.extend(parts.into_iter().filter_map(|(name, text)| Some((name, text?.into_owned()))));
    }
    let sections: Vec<String> = scanned
        .members()
        .filter_map(|(key, value)| {
            let entries = value.elements().count();
            (entries > 0).then(|| format!("{key} {entries}"))
        })
        .collect();
    if !sections.is_empty() {
        outline.push(("sections", sections.join(", ")));
    }
    outline
}

/// Formats a time: absolute, or as age for a person.
pub(crate) fn time(at: Timestamp, is_for_person: bool) -> String {
    if !is_for_person {
        return at.to_string();
    }
    let age = SystemTime::now().duration_since(at.into()).unwrap_or(Duration::ZERO).as_secs();
    match age {
        0..60 => format!("{age}s"),
        60..3600 => format!("{}m", age / 60),
        3600..86_400 => format!("{}h", age / 3600),
        _ => format!("{}d", age / 86_400),
    }
}
