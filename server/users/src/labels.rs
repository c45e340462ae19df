//! Labels of people: changes, limits, filters.

use std::collections::BTreeMap;

use vitae_contracts_core::limits;
use vitae_contracts_services::users::v1;
use vitae_server_common::{FieldViolation, ServiceError};

/// The labels of a person, by key.
pub(crate) type Labels = BTreeMap<String, String>;

/// A change of labels; others stay.
#[derive(Debug, Clone, Default)]
pub(crate) struct LabelsPatch {
    remove_all: bool,
    remove: Vec<String>,
    set: Labels,
}

/// A label that the people of a list must have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LabelFilter {
    pub(crate) key: String,
    /// `None`: any value.
    pub(crate) value: Option<String>,
}

impl LabelsPatch {
    /// Creates the patch that adds these labels.
    pub(crate) fn of(labels: Labels) -> Self {
        Self { set: labels, ..Self::default() }
    }

    /// Applies the patch: removals, then additions.
    pub(crate) fn apply(&self, labels: &mut Labels) {
        if self.remove_all {
            labels.clear();
        }
        for key in &self.remove {
            labels.remove(key);
        }
        labels.extend(self.set.clone());
    }

    /// Returns the violations of keys and values, each with its JSON pointer.
    pub(crate) fn violations(&self) -> Vec<FieldViolation> {
        let mut violations = Vec::new();
        let mut check = |key: &str, checked: Result<(), String>| {
            if let Err(message) = checked {
                let pointer = format!("/labels/{}", key.replace('~', "~0").replace('/', "~1"));
                violations.push(FieldViolation::new(pointer, message));
            }
        };
        for key in &self.remove {
            check(key, limits::check_label_key(key));
        }
        for (key, value) in &self.set {
            check(key, limits::check_label_key(key).and_then(|()| limits::check_label_value(value)));
        }
        violations
    }
}

impl From<v1::LabelsPatch> for LabelsPatch {
    fn from(message: v1::LabelsPatch) -> Self {
        Self { remove_all: message.remove_all, remove: message.remove, set: message.set }
    }
}

/// Checks the number and the size of a person's labels.
pub(crate) fn check(labels: &Labels) -> Result<(), FieldViolation> {
    let pairs = labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    limits::check_labels(pairs).map_err(|message| FieldViolation::new("/labels", message))
}

/// Decodes the label filters of a list, sorted and without duplicates: equal lists have equal cursors.
pub(crate) fn decode_filters(messages: Vec<v1::LabelFilter>) -> Result<Vec<LabelFilter>, ServiceError> {
    let invalid = |message| ServiceError::parameter("label", message);
    if messages.len() > limits::LABEL_FILTERS {
        let found = messages.len();
        return Err(invalid(format!("expected at most {} labels, found {found}", limits::LABEL_FILTERS)));
    }
    let mut filters = Vec::with_capacity(messages.len());
    for v1::LabelFilter { key, value } in messages {
        limits::check_label_key(&key).map_err(invalid)?;
        limits::check_label_value(value.as_deref().unwrap_or_default()).map_err(invalid)?;
        filters.push(LabelFilter { key, value });
    }
    filters.sort();
    filters.dedup();
    Ok(filters)
}
