//! Merge patches: conformance to RFC 7396, and the bytes that must stay unchanged.

use proptest::prelude::*;
use vitae_contracts_document::{Kind, Value, merge_patch, scan};

use crate::arbitrary::json;

fn merged(target: &str, patch: &str) -> String {
    let target = scan(target.as_bytes()).unwrap();
    let patch = scan(patch.as_bytes()).unwrap();
    merge_patch(&target, &patch)
}

fn read(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn rfc_7396_appendix_a() {
    for (target, patch, result) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
        (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
        (r#"{"a":"foo"}"#, "null", "null"),
        (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
        ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
    ] {
        assert_eq!(read(&merged(target, patch)), read(result), "{target} {patch}");
    }
}

#[test]
fn only_patched_members_are_rewritten() {
    for (name, target, patch, result) in [
        ("nothing", " { \"a\" : 1.10 }\n", "{}", " { \"a\" : 1.10 }\n"),
        ("nothing in an empty object", "{ \n}", r#"{"a":null}"#, "{ \n}"),
        ("same key escaped", r#"{"\u0061": 1}"#, r#"{"a":2}"#, r#"{"\u0061": 2}"#),
        (
            "numbers stay",
            r#"{"a":1.10,"b":1e2,"c":1180591620717411303424,"d":0}"#,
            r#"{"d":1.0}"#,
            r#"{"a":1.10,"b":1e2,"c":1180591620717411303424,"d":1.0}"#,
        ),
        (
            "nulls stay",
            r#"{"a":null,"b":{"c":null,"d":1}}"#,
            r#"{"b":{"d":2}}"#,
            r#"{"a":null,"b":{"c":null,"d":2}}"#,
        ),
        ("value in place", r#"{"a" : 1 , "b":2}"#, r#"{ "a": [ 1,null ] }"#, r#"{"a" : [ 1,null ] , "b":2}"#),
        ("space around the root", "\n{\"a\":1}\n", "[ ]", "\n[ ]\n"),
        ("remove the first", r#"{ "a":1 , "b":2 }"#, r#"{"a":null}"#, r#"{ "b":2 }"#),
        ("remove the middle", r#"{"a":1 , "b":2 , "c":3}"#, r#"{"b":null}"#, r#"{"a":1 , "c":3}"#),
        ("remove the last", r#"{"a":1 , "b":2 }"#, r#"{"b":null}"#, r#"{"a":1 }"#),
        ("remove all", r#"{ "a":1, "b":2 }"#, r#"{"a":null,"b":null}"#, "{}"),
        ("replace all", "{\n \"a\": 1\n}", r#"{"a":null,"b":2}"#, "{\n \"b\": 2\n}"),
        ("add to nothing", "{ }", r#"{"a":1,"b":2}"#, r#"{"a":1,"b":2}"#),
        ("add compactly", r#"{"a":1}"#, r#"{ "c": [ ], "b": 2 }"#, r#"{"a":1,"c":[ ],"b":2}"#),
        ("add with spaces", r#"{"a": 1, "b": 2}"#, r#"{"c":3}"#, r#"{"a": 1, "b": 2, "c": 3}"#),
        ("add to one with spaces", r#"{"a": 1}"#, r#"{"c":3}"#, r#"{"a": 1, "c": 3}"#),
        (
            "add a nested object without nulls",
            r#"{"a":1}"#,
            r#"{"b":{"c":null, "d":[null], "e":{"f":null}}}"#,
            r#"{"a":1,"b":{"d":[null], "e":{}}}"#,
        ),
        ("object over a scalar", r#"{"a":1}"#, r#"{"a":{"b":null,"c":2}}"#, r#"{"a":{"c":2}}"#),
        ("keys of the patch stay escaped", "{}", r#"{"\u0062":1}"#, r#"{"\u0062":1}"#),
    ] {
        assert_eq!(merged(target, patch), result, "{name}");
    }
}

#[test]
fn pretty_printed_document_stays_pretty_printed() {
    let target =
        "{\n  \"basics\": {\n    \"name\": \"Ada\",\n    \"label\": \"Analyst\"\n  },\n  \"work\": []\n}\n";
    let patch = r#"{"basics":{"label":null,"email":"a@example.org"},"work":null,"skills":[]}"#;
    let result = "{\n  \"basics\": {\n    \"name\": \"Ada\",\n    \"email\": \"a@example.org\"\n  },\n  \"skills\": []\n}\n";
    assert_eq!(merged(target, patch), result);
}

#[test]
fn excessive_indentation_is_not_repeated() {
    let target = format!("{{{}\"a\":1}}", " ".repeat(100_000));
    let members: Vec<String> = (0..1_000).map(|n| format!("\"k{n}\":0")).collect();
    let patch = format!("{{{}}}", members.join(","));
    assert!(merged(&target, &patch).len() < target.len() + 2 * patch.len());
}

#[test]
fn large_patches_of_large_objects_take_linear_time() {
    let members = |value: &str| -> String {
        let members: Vec<String> = (0..100_000).map(|n| format!("\"{n}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert_eq!(merged(&members("1"), &members("2")), members("2"));
    assert_eq!(merged(&members("1"), &members("null")), "{}");
}

proptest! {
    #[test]
    fn result_agrees_with_a_reference_implementation(target in json(), patch in json()) {
        let (Ok(scanned), Ok(change)) = (scan(target.as_bytes()), scan(patch.as_bytes())) else {
            return Ok(());
        };
        let result = merge_patch(&scanned, &change);
        let scanned_result = scan(result.as_bytes());
        prop_assert!(scanned_result.is_ok(), "{target} {patch} {result}");
        prop_assert_eq!(read(&result), reference_merge(read(&target), read(&patch)));
        prop_assert_eq!(merged(&target, "{}"), after_empty_patch(&target));
        assert_text_is_kept(scanned.root(), change.root(), scanned_result.unwrap().root())?;
    }
}

/// The algorithm of RFC 7396 section 2, on parsed values.
fn reference_merge(target: serde_json::Value, patch: serde_json::Value) -> serde_json::Value {
    let serde_json::Value::Object(patch) = patch else {
        return patch;
    };
    let mut target = match target {
        serde_json::Value::Object(target) => target,
        _ => serde_json::Map::new(),
    };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(&key);
        } else {
            let old = target.remove(&key).unwrap_or_default();
            target.insert(key, reference_merge(old, value));
        }
    }
    target.into()
}

/// An empty patch keeps an object and turns any other value into an empty object.
fn after_empty_patch(target: &str) -> String {
    let scanned = scan(target.as_bytes()).unwrap();
    match scanned.kind() {
        Kind::Object => target.to_owned(),
        _ => target.replace(scanned.root().text(), "{}"),
    }
}

/// Checks that unpatched members keep their text and order, and patched ones have the patch's text.
fn assert_text_is_kept(old: Value<'_>, patch: Value<'_>, new: Value<'_>) -> Result<(), TestCaseError> {
    if patch.kind() != Kind::Object {
        prop_assert_eq!(new.text(), patch.text());
        return Ok(());
    }
    let touched = |key: &str| patch.get(key);
    let is_null = |value: Value<'_>| value.kind() == Kind::Null;
    let kept = old.members().filter(|(key, _)| !touched(key).is_some_and(is_null));
    let added = patch.members().filter(|(key, value)| !is_null(*value) && old.get(key).is_none());
    let expected: Vec<_> = kept.chain(added).map(|(key, _)| key).collect();
    let found: Vec<_> = new.members().map(|(key, _)| key).collect();
    prop_assert_eq!(found, expected);
    for (key, value) in old.members() {
        match touched(&key) {
            None => prop_assert_eq!(new.get(&key).map(|new| new.text()), Some(value.text())),
            Some(change) if is_null(change) => {}
            Some(change) => assert_text_is_kept(value, change, new.get(&key).unwrap())?,
        }
    }
    Ok(())
}
