//! Schema violations: which values violate it, their pointers and their messages.

use proptest::prelude::*;
use vitae_contracts_document::schema::{Field, RESUME, Shape};
use vitae_contracts_document::{FieldViolation, Kind, MAX_VIOLATIONS, Value, check, scan};

use crate::arbitrary::json;

fn violations(text: &str) -> Vec<(String, String)> {
    let scanned = scan(text.as_bytes()).unwrap();
    let pair = |violation: FieldViolation| (violation.pointer, violation.message);
    check(&scanned).into_iter().map(pair).collect()
}

#[test]
fn valid_document_has_no_violations() {
    for (name, text) in [
        ("empty", "{}"),
        ("nulls count as absent", r#"{"basics":null,"work":[{"name":null,"endDate":null}],"meta":null}"#),
        (
            "unknown keys anywhere",
            r#"{"x":1,"basics":{"x":[],"location":{"x":{}}},"work":[{"x":[1]}],"meta":{"theme":7}}"#,
        ),
        ("formats are not checked", r#"{"$schema":"no uri","basics":{"email":"nobody","url":""}}"#),
        ("old keys are unknown keys", r#"{"basics":{"website":1},"work":[{"company":2}]}"#),
        ("escaped keys and values", r#"{"w\u006frk":[{"startDat\u0065":"2020\u002d01"}]}"#),
        ("only known at their level", r#"{"name":1,"startDate":"x","basics":{"work":2}}"#),
    ] {
        assert_eq!(violations(text), [], "{name}");
    }
}

#[test]
fn dates_must_match_the_pattern() {
    for date in ["2020", "2020-01", "2020-12-31", "1000", "2999-19-39", "2013-13", "2020-00-00"] {
        assert_eq!(violations(&format!(r#"{{"work":[{{"endDate":"{date}"}}]}}"#)), [], "{date}");
    }
    for date in [
        "",
        " ",
        "Present",
        "Jan 2020",
        "0999",
        "3000",
        "999",
        "20200",
        "2020-",
        "2020-1",
        "2020-20",
        "2020-01-",
        "2020-01-1",
        "2020-01-40",
        "2020/01",
        "2020-01-01T00:00:00Z",
        "2020-01-011",
        " 2020",
        "2020 ",
        "٢٠٢٠",
        "2020–01",
    ] {
        let message = format!("expected YYYY, YYYY-MM or YYYY-MM-DD, found \"{date}\"");
        let expected = [("/work/0/endDate".to_owned(), message)];
        assert_eq!(violations(&format!(r#"{{"work":[{{"endDate":"{date}"}}]}}"#)), expected);
    }
}

#[test]
fn message_contains_what_was_expected_and_found() {
    for (text, pointer, message) in [
        ("[]", "", "expected an object, found an array"),
        (" null", "", "expected an object, found null"),
        (r#"{"skills":"Rust"}"#, "/skills", "expected an array, found a string"),
        (r#"{"basics":[]}"#, "/basics", "expected an object, found an array"),
        (r#"{"basics":{"name":7}}"#, "/basics/name", "expected a string, found a number"),
        (r#"{"basics":{"location":true}}"#, "/basics/location", "expected an object, found a boolean"),
        (
            r#"{"basics":{"location":{"city":{}}}}"#,
            "/basics/location/city",
            "expected a string, found an object",
        ),
        (r#"{"work":[{"startDate":2020}]}"#, "/work/0/startDate", "expected a string, found a number"),
        (r#"{"work":[{},null]}"#, "/work/1", "expected an object, found null"),
        (
            r#"{"work":[{},{"highlights":["a",null]}]}"#,
            "/work/1/highlights/1",
            "expected a string, found null",
        ),
        (
            r#"{"awards":[{"date":"\u001b]0;\"\\ \u202e and much more than forty characters"}]}"#,
            "/awards/0/date",
            r#"expected YYYY, YYYY-MM or YYYY-MM-DD, found "\u001b]0;\"\\ \u202e and much more than …""#,
        ),
    ] {
        assert_eq!(violations(text), [(pointer.to_owned(), message.to_owned())], "{text}");
    }
}

#[test]
fn violations_are_in_the_order_of_the_text() {
    let text = r#"{"skills":{"a":[1,{"b":2}]},"work":[{"url":1,"x":{"y":"}]"},"startDate":"?"},3],"basics":{"profiles":[{"url":[]}],"name":0}}"#;
    let found = violations(text);
    let pointers: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    let expected =
        ["/skills", "/work/0/url", "/work/0/startDate", "/work/1", "/basics/profiles/0/url", "/basics/name"];
    assert_eq!(pointers, expected);
}

#[test]
fn number_of_violations_is_limited() {
    for (count, last) in [
        (MAX_VIOLATIONS, None),
        (MAX_VIOLATIONS + 1, Some("1 more error")),
        (250_000, Some("249900 more errors")),
    ] {
        let found = violations(&format!(r#"{{"work":[{}1]}}"#, "1,".repeat(count - 1)));
        let rest = found.get(MAX_VIOLATIONS).map(|(_, message)| message.as_str());
        assert_eq!(rest, last);
    }
}

/// Checks one document for each known field, in which only that field is wrong.
#[test]
fn every_known_field_is_checked() {
    fn visit(fields: &[Field], pointer: &str, wrap: &dyn Fn(&str) -> String) -> usize {
        let mut leaves = 0;
        for field in fields {
            let key = field.key;
            let pointer = format!("{pointer}/{key}");
            let wrong = wrap(&format!(r#"{{"{key}":false}}"#));
            assert_eq!(violations(&wrong)[0].0, pointer, "{wrong}");
            leaves += match field.shape {
                Shape::Text | Shape::Date | Shape::Texts => 1,
                Shape::Object(fields) => {
                    visit(fields, &pointer, &|inner| wrap(&format!(r#"{{"{key}":{inner}}}"#)))
                }
                Shape::Entries(fields) => visit(fields, &format!("{pointer}/0"), &|inner| {
                    wrap(&format!(r#"{{"{key}":[{inner}]}}"#))
                }),
            };
        }
        leaves
    }
    assert_eq!(visit(RESUME, "", &str::to_owned), 75);
}

proptest! {
    /// The check reads the text in one walk; navigation by key and index must find the same violations.
    #[test]
    fn checking_agrees_with_navigation(text in json()) {
        if let Ok(scanned) = scan(text.as_bytes()) {
            let found: Vec<String> = violations(&text).into_iter().map(|(pointer, _)| pointer).collect();
            let mut expected = Vec::new();
            wrong_values(scanned.root(), Shape::Object(RESUME), "", &mut expected);
            prop_assert_eq!(found, expected);
        }
    }
}

fn wrong_values(value: Value<'_>, shape: Shape, pointer: &str, wrong: &mut Vec<String>) {
    let dates = ["2020-01"];
    match (shape, value.kind()) {
        (Shape::Text, Kind::String) => {}
        (Shape::Date, Kind::String) if dates.contains(&&*value.as_str().unwrap()) => {}
        (Shape::Texts, Kind::Array) => {
            for (index, element) in value.elements().enumerate() {
                wrong_values(element, Shape::Text, &format!("{pointer}/{index}"), wrong);
            }
        }
        (Shape::Entries(fields), Kind::Array) => {
            for (index, element) in value.elements().enumerate() {
                let pointer = format!("{pointer}/{index}");
                wrong_values(element, Shape::Object(fields), &pointer, wrong);
            }
        }
        (Shape::Object(fields), Kind::Object) => {
            for (key, member) in value.members().filter(|(_, value)| value.kind() != Kind::Null) {
                if let Some(field) = fields.iter().find(|field| field.key == key) {
                    wrong_values(member, field.shape, &format!("{pointer}/{key}"), wrong);
                }
            }
        }
        _ => wrong.push(pointer.to_owned()),
    }
}
