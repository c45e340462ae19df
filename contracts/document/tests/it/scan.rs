//! The input that the scanner accepts, and the completeness of scanned text.

use std::collections::HashSet;
use std::fmt;

use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use vitae_contracts_document::{
    Document, Kind, MAX_DEPTH, Value, check, merge_patch, scan, scan_within, title_of,
};

use crate::arbitrary::{damaged_json, deep_json, json};

#[test]
fn values_of_every_kind_are_accepted() {
    for (text, kind) in [
        ("{}", Kind::Object),
        (" [ ] ", Kind::Array),
        (r#""""#, Kind::String),
        (r#""\ud83d\ude42 \u0000 \/ 🙂""#, Kind::String),
        ("0", Kind::Number),
        ("-0.0e-0", Kind::Number),
        ("1E400", Kind::Number),
        ("123456789012345678901234567890.10", Kind::Number),
        ("true", Kind::Bool),
        ("\r\n\tfalse", Kind::Bool),
        ("null", Kind::Null),
    ] {
        let scanned = scan(text.as_bytes()).unwrap();
        assert_eq!(scanned.kind(), kind, "{text}");
        assert_eq!(scanned.text(), text);
        assert_eq!(scanned.root().text(), text.trim());
    }
}

#[test]
fn depth_counts_nested_arrays_and_objects() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let limit = usize::from(MAX_DEPTH);
    assert!(scan(nested(limit).as_bytes()).is_ok());
    assert!(scan(nested(limit + 1).as_bytes()).is_err());
    assert!(scan_within(b"7", 0).is_ok());
    assert!(scan_within(b"[]", 0).is_err());
    assert!(scan_within(nested(255).as_bytes(), 255).is_ok());
    assert!(scan("[".repeat(1_000_000).as_bytes()).is_err());
}

#[test]
fn members_are_in_order_with_their_exact_text() {
    let text = r#" { "b" : 1.10 , "\u0061":[ 1 ,{"x":2}],"é":{ "y" : null } } "#;
    let scanned = scan(text.as_bytes()).unwrap();
    let members: Vec<_> =
        scanned.members().map(|(key, value)| (key.into_owned(), value.kind(), value.text())).collect();
    let expected = [
        ("b".to_owned(), Kind::Number, "1.10"),
        ("a".to_owned(), Kind::Array, r#"[ 1 ,{"x":2}]"#),
        ("é".to_owned(), Kind::Object, r#"{ "y" : null }"#),
    ];
    assert_eq!(members, expected);

    let list = scanned.get("a").unwrap();
    let elements: Vec<_> = list.elements().map(|element| element.text()).collect();
    assert_eq!(elements, ["1", r#"{"x":2}"#]);
    assert_eq!(list.members().count(), 0);
    assert_eq!(scanned.root().elements().count(), 0);
    let inner = list.elements().nth(1).unwrap().get("x").unwrap();
    assert_eq!(&text[inner.offset()..][..1], "2");
    assert_eq!(list.scanned().text(), list.text());
}

#[test]
fn duplicate_key_of_a_large_object_is_found() {
    let members: Vec<String> = (0..100_000).map(|n| format!("\"key {n}\":{n}")).collect();
    let members = members.join(",");
    let distinct = format!("{{{members},\"last\":0}}");
    assert_eq!(scan(distinct.as_bytes()).unwrap().members().count(), 100_001);
    let repeated = format!("{{{members},\"key\\u0020777\":0}}");
    let error = scan(repeated.as_bytes()).unwrap_err();
    assert_eq!(error.pointer(), "/key 777");
}

#[test]
fn equal_keys_in_different_objects_are_allowed() {
    let text = r#"{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":1},"c":{"b":2}}"#;
    assert!(scan(text.as_bytes()).is_ok());
}

proptest! {
    #[test]
    fn scanning_agrees_with_serde_json(bytes in damaged_json()) {
        prop_assert_eq!(scan(&bytes).is_ok(), is_acceptable(&bytes));
    }

    #[test]
    fn scanning_agrees_with_serde_json_when_deep(text in deep_json()) {
        prop_assert_eq!(scan(text.as_bytes()).is_ok(), is_acceptable(text.as_bytes()));
    }

    #[test]
    fn navigation_reads_the_whole_input(text in json()) {
        if let Ok(scanned) = scan(text.as_bytes()) {
            prop_assert_eq!(scanned.text(), &text);
            let read: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(rebuilt(scanned.root()), read);
        }
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in any::<Vec<u8>>(), damaged in damaged_json()) {
        for bytes in [bytes, damaged] {
            match scan(&bytes) {
                Ok(scanned) => {
                    check(&scanned);
                    title_of(&Document::new(&scanned));
                    merge_patch(&scanned, &scanned);
                }
                Err(error) => prop_assert!(error.offset() <= bytes.len()),
            }
        }
    }
}

/// Rebuilds a value by navigation.
fn rebuilt(value: Value<'_>) -> serde_json::Value {
    match value.kind() {
        Kind::Object => value.members().map(|(key, value)| (key.into_owned(), rebuilt(value))).collect(),
        Kind::Array => value.elements().map(rebuilt).collect(),
        Kind::String => value.as_str().unwrap().into_owned().into(),
        Kind::Number | Kind::Bool | Kind::Null => serde_json::from_str(value.text()).unwrap(),
    }
}

/// Returns whether the scanner must accept `bytes`, decided with another parser.
fn is_acceptable(bytes: &[u8]) -> bool {
    let text = str::from_utf8(bytes);
    text.is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok() && is_strict(text.trim(), 0))
}

fn is_strict(value: &str, depth: u8) -> bool {
    match value.as_bytes()[0] {
        b'{' | b'[' if depth == MAX_DEPTH => false,
        b'{' => serde_json::from_str(value).is_ok_and(|Members(members)| {
            let keys: HashSet<_> = members.iter().map(|(key, _)| key).collect();
            keys.len() == members.len() && members.iter().all(|(_, value)| is_strict(value.get(), depth + 1))
        }),
        b'[' => serde_json::from_str::<Vec<&RawValue>>(value)
            .is_ok_and(|items| items.iter().all(|item| is_strict(item.get(), depth + 1))),
        b'"' => serde_json::from_str::<String>(value).is_ok(),
        _ => true,
    }
}

/// The members of an object, including repeated ones.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
