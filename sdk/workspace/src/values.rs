//! The editable fields of an object as text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vitae_sdk::{Resume, ResumeSummary, Revision, User};

use crate::fields::{Described, InputKind, json_of_text, tags};

/// The text forms of fields, by key.
///
/// A key that is absent is unknown, and is never changed; a field without a value is an empty text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// Returns the values of a person.
    pub fn of_user(user: &User) -> Self {
        Self::of_described(user)
    }

    /// Returns the values of a resume.
    pub fn of_resume(resume: &Resume) -> Self {
        let mut values = Self::of_described(&ResumeSummary::from(resume));
        values.set("document", resume.document.get());
        values
    }

    /// Returns the values that a resume had at a revision.
    pub fn of_revision(revision: &Revision) -> Self {
        let mut values = Self::default();
        values.set("title", revision.title.as_str());
        values.set("tags", tags::print(&revision.tags));
        values.set("document", revision.document.get());
        values
    }

    fn of_described<T: Described>(object: &T) -> Self {
        Self(T::inputs().map(|(field, _)| (field.key.to_owned(), (field.value)(object).to_text())).collect())
    }

    /// Returns the values of a new object: each field without a value.
    pub fn empty<T: Described>() -> Self {
        Self(T::inputs().map(|(field, _)| (field.key.to_owned(), String::new())).collect())
    }

    /// Returns texts that an earlier version stored by position.
    ///
    /// None for another number of texts than keys.
    pub(crate) fn from_positions(keys: &[&str], texts: Vec<String>) -> Option<Self> {
        (keys.len() == texts.len())
            .then(|| Self(keys.iter().map(|key| (*key).to_owned()).zip(texts).collect()))
    }

    /// Returns the text of a field; none if it is unknown.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Returns the text of a field, which is empty if it is unknown.
    pub fn text(&self, key: &str) -> &str {
        self.get(key).unwrap_or_default()
    }

    /// Sets the text of a field.
    pub fn set(&mut self, key: &str, text: impl Into<String>) {
        self.0.insert(key.to_owned(), text.into());
    }

    /// Takes over the fields that `other` knows.
    pub fn overlay(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(key, text)| (key.clone(), text.clone())));
    }

    /// Whether no field has a text.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(String::is_empty)
    }

    /// Keeps the fields that `other` knows.
    #[must_use]
    pub fn restricted_to(mut self, other: &Self) -> Self {
        self.0.retain(|key, _| other.0.contains_key(key));
        self
    }

    /// Returns the known fields with a text, by key.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, text)| (&**key, &**text)).filter(|(_, text)| !text.is_empty())
    }

    /// Returns the known fields as JSON, by key and in the order of the descriptors; the document is left out.
    pub fn to_json<T: Described>(&self) -> Vec<(&'static str, serde_json::Value)> {
        let described = T::inputs().filter(|(_, input)| input.kind != InputKind::Document);
        let known =
            described.filter_map(|(field, input)| Some((field.key, input.kind, self.get(field.key)?)));
        known.map(|(key, kind, text)| (key, json_of_text(kind, text))).collect()
    }

    /// Returns the request that creates an object with these values.
    pub fn create<T: Described>(&self) -> T::New {
        let mut new = T::blank();
        for (field, input) in T::inputs() {
            if let Some(text) = self.get(field.key) {
                (input.set)(&mut new, text.trim());
            }
        }
        new
    }

    /// Returns the request that changes an object from `before` to these values, starting from one that changes
    /// nothing.
    pub fn update<T: Described>(&self, before: &Self, mut change: T::Update) -> T::Update {
        for (field, input) in T::inputs() {
            let (old, new) = (before.get(field.key), self.get(field.key));
            if let Some(new) = new.filter(|new| old != Some(new)) {
                (input.change)(&mut change, old.unwrap_or_default(), new.trim());
            }
        }
        change
    }
}
