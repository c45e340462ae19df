//! YAML that all parsers interpret alike and that is safe to print on a terminal.

use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use vitae_contracts_core::unprintable;
use vitae_contracts_document::{Kind, Scanned, Value};

use crate::errors::Failure;
use crate::escape::escape_json_line;
use crate::exit;

/// Formats a value as a YAML document.
pub(super) fn document(json: &Scanned<'_>) -> Result<String, Failure> {
    text(&Yaml(json.root()), json.text())
}

/// Formats a value as an item of a top-level sequence.
pub(super) fn item(json: &Scanned<'_>) -> Result<String, Failure> {
    let text = text(&[Yaml(json.root())], json.text())?;
    // The JSON fallback has no dash.
    Ok(if text.starts_with('-') { text } else { format!("- {text}") })
}

/// Readable YAML does not escape unsafe characters: values that contain them are written as JSON,
/// which is valid YAML with escapes.
fn text(value: &impl Serialize, json: &str) -> Result<String, Failure> {
    let text = serde_saphyr::to_string(value)
        .map_err(|e| Failure::new(exit::FAILED, format!("cannot serialize the result as YAML: {e}")))?;
    if unprintable(&text).any(|(_, c)| c != '\n') {
        return Ok(format!("{}\n", escape_json_line(json)));
    }
    Ok(text)
}

/// Serializes a JSON value; numbers keep their value but not their text.
struct Yaml<'a>(Value<'a>);

impl Serialize for Yaml<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(value) = self;
        match value.kind() {
            Kind::Null => serializer.serialize_unit(),
            Kind::Bool => serializer.serialize_bool(value.text() == "true"),
            Kind::Number => number(value.text(), serializer),
            Kind::String => serializer.serialize_str(&value.as_str().unwrap_or_default()),
            Kind::Array => {
                let mut sequence = serializer.serialize_seq(Some(value.elements().count()))?;
                for element in value.elements() {
                    sequence.serialize_element(&Self(element))?;
                }
                sequence.end()
            }
            Kind::Object => {
                let mut map = serializer.serialize_map(Some(value.members().count()))?;
                for (key, member) in value.members() {
                    map.serialize_entry(&key, &Self(member))?;
                }
                map.end()
            }
        }
    }
}

fn number<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(integer) = text.parse() {
        return serializer.serialize_i128(integer);
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => serializer.serialize_f64(number),
        // Too large for a number.
        _ => serializer.serialize_str(text),
    }
}

#[cfg(test)]
mod tests {
    use vitae_contracts_document::scan;

    use super::*;

    #[test]
    fn yaml_values_keep_their_type() {
        let json = r##"{"a": "yes", "b": "+44 20", "c": "1.10", "d": null, "e": true, "f": 1e2,
            "g": 1180591620717411303424, "h": [], "i": {}, "j": "x ", "k": ["a: b", "- c", "#d"],
            "l": "two\nlines\n"}"##;
        let yaml = document(&scan(json.as_bytes()).unwrap()).unwrap();
        let lines: Vec<&str> = yaml.lines().collect();
        for line in [
            "a: \"yes\"",
            "c: \"1.10\"",
            "d: null",
            "e: true",
            "g: 1180591620717411303424",
            "h: []",
            "i: {}",
            "l: |",
        ] {
            assert!(lines.contains(&line), "{line} in {yaml}");
        }
    }

    #[test]
    fn items_form_one_yaml_sequence() {
        let items = [r#"{"a": 1, "b": [2]}"#, r#"{"a": "\u009b\u202e"}"#, "3"];
        let text: String = items.iter().map(|json| item(&scan(json.as_bytes()).unwrap()).unwrap()).collect();
        assert_eq!(text, "- a: 1\n  b:\n  - 2\n- {\"a\": \"\\u009b\\u202e\"}\n- 3\n");
    }
}
