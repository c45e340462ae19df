//! Labels of people in bodies and queries.

use std::collections::BTreeMap;

use vitae_contracts_core::{limits, quoted};
use vitae_contracts_document::{Kind, pointer};
use vitae_contracts_gateway::Patch;
use vitae_contracts_services::users::v1::{LabelFilter, LabelsPatch};

use crate::body::Fields;
use crate::query::Query;

const FIELD: &str = "labels";
const PARAMETER: &str = "label";

/// Takes the labels of a person to be created; absent and null are none.
pub(crate) fn take_new(fields: &mut Fields<'_>) -> BTreeMap<String, String> {
    let Patch::Set(patch) = take(fields) else { return BTreeMap::new() };
    let mut labels = BTreeMap::new();
    for (key, value) in patch {
        match value {
            Some(value) => drop(labels.insert(key, value)),
            None => fields.add_violation_at(pointer_of(&key), "expected a string, found null"),
        }
    }
    let pairs = labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    if let Err(message) = limits::check_labels(pairs) {
        fields.add_violation(FIELD, &message);
    }
    labels
}

/// Takes a change of labels (RFC 7396): null removes a label, or all of them.
///
/// How many labels there are after it, the service checks.
pub(crate) fn take_patch(fields: &mut Fields<'_>) -> Option<LabelsPatch> {
    match take(fields) {
        Patch::Keep => None,
        Patch::Remove => Some(LabelsPatch { remove_all: true, ..LabelsPatch::default() }),
        Patch::Set(labels) => {
            let mut patch = LabelsPatch::default();
            for (key, value) in labels {
                match value {
                    Some(value) => drop(patch.set.insert(key, value)),
                    None => patch.remove.push(key),
                }
            }
            Some(patch)
        }
    }
}

fn take(fields: &mut Fields<'_>) -> Patch<BTreeMap<String, Option<String>>> {
    let Some(value) = fields.take(FIELD) else { return Patch::Keep };
    match value.kind() {
        Kind::Null => return Patch::Remove,
        Kind::Object => {}
        kind => {
            fields.add_violation(FIELD, &format!("expected an object, found {kind}"));
            return Patch::Keep;
        }
    }
    let mut labels = BTreeMap::new();
    for (key, value) in value.members() {
        let text = value.as_str();
        let checked = limits::check_label_key(&key).and_then(|()| match &text {
            Some(text) => limits::check_label_value(text),
            None if value.kind() == Kind::Null => Ok(()),
            None => Err(format!("expected a string, found {}", value.kind())),
        });
        match checked {
            Ok(()) => drop(labels.insert(key.into_owned(), text.map(Into::into))),
            Err(message) => fields.add_violation_at(pointer_of(&key), &message),
        }
    }
    Patch::Set(labels)
}

fn pointer_of(key: &str) -> String {
    let mut pointer = format!("/{FIELD}");
    pointer::push_key(&mut pointer, key);
    pointer
}

/// Takes the label filters of a list: `key=value`, or `key` for any value. All must match.
pub(crate) fn take_filters(query: &mut Query) -> Vec<LabelFilter> {
    let texts = query.texts(PARAMETER);
    if texts.len() > limits::LABEL_FILTERS {
        let message = format!("expected at most {} labels, found {}", limits::LABEL_FILTERS, texts.len());
        query.add_violation(PARAMETER, message);
        return Vec::new();
    }
    let mut filters = Vec::with_capacity(texts.len());
    for text in texts {
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (text.as_str(), None),
        };
        let checked = limits::check_label_key(key)
            .and_then(|()| limits::check_label_value(value.unwrap_or_default()))
            .map_err(|message| format!("{message} in {}", quoted(&text)));
        match checked {
            Ok(()) => filters.push(LabelFilter { key: key.to_owned(), value: value.map(str::to_owned) }),
            Err(message) => query.add_violation(PARAMETER, message),
        }
    }
    filters
}
