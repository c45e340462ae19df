//! The fields of `vitae api` as JSON or query parameters.

use std::fs;
use std::io::{self, Read as _};

use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use vitae_sdk::RawValue;

use crate::errors::Failure;
use crate::exit;

/// A JSON value built from fields, in their order.
pub(super) enum Node {
    Leaf(Box<RawValue>),
    Object(Vec<(String, Node)>),
    List(Vec<Node>),
}

/// One step of a key: a member, or a new last element.
enum Step {
    Member(String),
    Append,
}

/// Parses `-f KEY=VALUE` as a string.
pub(super) fn text(field: &str) -> Result<(String, Box<RawValue>), Failure> {
    let (key, value) = split(field)?;
    Ok((key.to_owned(), string(value)))
}

/// Parses `-F KEY=VALUE`: JSON, the content of a file, or else a string.
pub(super) fn typed(field: &str) -> Result<(String, Box<RawValue>), Failure> {
    let (key, value) = split(field)?;
    let content = match value.strip_prefix('@') {
        Some(file) => of_file(file)?,
        None => value.to_owned(),
    };
    let json = serde_json::from_str::<Box<RawValue>>(content.trim());
    Ok((key.to_owned(), json.unwrap_or_else(|_| string(&content))))
}

impl Node {
    pub(super) fn nothing() -> Self {
        Self::Object(Vec::new())
    }

    /// Inserts a value at a key: `a`, `a[b]`, `a[]`.
    pub(super) fn put(&mut self, key: &str, value: &RawValue) -> Result<(), Failure> {
        let odd = || {
            Failure::usage(format!("\"{key}\" is not a valid key of a field"))
                .next("write keys as name, a[b] or tags[], and use each key with one type only")
        };
        let steps = steps(key).ok_or_else(odd)?;
        let mut node = self;
        for (at, step) in steps.iter().enumerate() {
            let inner = match steps.get(at + 1) {
                Some(Step::Member(_)) => Self::Object(Vec::new()),
                Some(Step::Append) => Self::List(Vec::new()),
                None => Self::Leaf(value.to_owned()),
            };
            node = match (step, node) {
                (Step::Member(name), Self::Object(members)) => {
                    let known = members.iter().position(|(known, _)| known == name);
                    let location = known.unwrap_or(members.len());
                    match known {
                        Some(_) if at + 1 == steps.len() => members[location].1 = inner,
                        Some(_) => {}
                        None => members.push((name.clone(), inner)),
                    }
                    &mut members[location].1
                }
                (Step::Append, Self::List(elements)) => {
                    elements.push(inner);
                    elements.last_mut().ok_or_else(odd)?
                }
                _ => return Err(odd()),
            };
        }
        Ok(())
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Leaf(value) => value.serialize(serializer),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
            Self::List(elements) => {
                let mut list = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements {
                    list.serialize_element(element)?;
                }
                list.end()
            }
        }
    }
}

/// Formats a value as a query parameter: strings without quotes.
pub(super) fn parameter(value: &RawValue) -> String {
    serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

fn split(field: &str) -> Result<(&str, &str), Failure> {
    field.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(|| {
        Failure::usage(format!("\"{field}\" is not a field")).next("write a field as -f name=Ada")
    })
}

fn string(text: &str) -> Box<RawValue> {
    serde_json::value::to_raw_value(text).expect("a string is always JSON")
}

fn of_file(file: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let read = match file {
        "-" => io::stdin().lock().read_to_string(&mut text).map(drop),
        file => fs::read_to_string(file).map(|read| text = read),
    };
    read.map_err(|e| Failure::new(exit::INVALID_INPUT, format!("cannot read {file}: {e}")))?;
    Ok(text)
}

fn steps(key: &str) -> Option<Vec<Step>> {
    let (name, mut rest) = match key.find('[') {
        Some(at) => key.split_at(at),
        None => (key, ""),
    };
    if name.is_empty() {
        return None;
    }
    let mut steps = vec![Step::Member(name.to_owned())];
    while !rest.is_empty() {
        let (inside, after) = rest.strip_prefix('[')?.split_once(']')?;
        steps.push(if inside.is_empty() { Step::Append } else { Step::Member(inside.to_owned()) });
        rest = after;
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_build_nested_json() {
        let mut node = Node::nothing();
        for field in ["name=Ada", "a[b][c]=1", "tags[]=x", "tags[]=y", "a[d]=[1, 2]", "name=Ada K", "n=007"] {
            let (key, value) = typed(field).unwrap();
            node.put(&key, &value).unwrap();
        }
        let text = serde_json::to_string(&node).unwrap();
        assert_eq!(text, r#"{"name":"Ada K","a":{"b":{"c":1},"d":[1, 2]},"tags":["x","y"],"n":"007"}"#);
        for key in ["", "[a]", "a[", "a[b]x", "name[b]", "tags[x]"] {
            assert!(node.put(key, &string("x")).is_err(), "{key}");
        }
        assert_eq!(parameter(&text_of("k=1.50")), "1.50");
        assert_eq!(parameter(&typed("k=1.50").unwrap().1), "1.50");
    }

    fn text_of(field: &str) -> Box<RawValue> {
        text(field).unwrap().1
    }
}
