//! Checks of the parsers of untrusted input. Each takes any bytes and panics if a property does not hold.
//!
//! The fuzz targets call them with the inputs of libFuzzer, the tests with the seed corpus and with random bytes.

use std::io::Cursor;
use std::sync::OnceLock;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use vitae_contracts_core::{Role, SessionId, Timestamp, Untrusted, UserId, quoted, unprintable};
use vitae_contracts_document as document;
use vitae_sdk_workspace::fields::{PersonRow, labels};
use vitae_server_common::{Claims, KeySet, Keyset, SigningKey, SortKey, public_key};

/// A check of one parser.
pub type Check = fn(&[u8]);

/// Every fuzz target with its check.
pub const TARGETS: &[(&str, Check)] = &[
    ("scanner", scanner),
    ("merge_patch", merge_patch),
    ("cursor", cursor),
    ("token", token),
    ("terminal_escaping", terminal_escaping),
    ("csv_import", csv_import),
];

/// The scanner accepts only well-formed JSON, and every value that it finds is a part of the text.
pub fn scanner(input: &[u8]) {
    let Ok(scanned) = document::scan(input) else { return };
    assert_eq!(scanned.text().as_bytes(), input);
    assert!(deserialized::<IgnoredAny>(scanned.text()).is_some(), "accepted malformed JSON");
    check_value(scanned.root(), scanned.text());
    // No property but that they return: they take any document.
    let _ = document::check(&scanned);
    let _ = document::title_of(&document::Document::new(&scanned));
    assert!(document::diff(&scanned, &scanned).is_empty(), "a document differs from itself");
}

fn check_value(value: document::Value<'_>, whole: &str) {
    let end = value.offset() + value.text().len();
    assert_eq!(&whole[value.offset()..end], value.text());
    for (_, member) in value.members() {
        check_value(member, whole);
    }
    for element in value.elements() {
        check_value(element, whole);
    }
}

/// A merge patch gives what RFC 7396 says, and applying it again changes nothing.
///
/// The input is the target, a zero byte and the patch.
pub fn merge_patch(input: &[u8]) {
    let Some(at) = input.iter().position(|byte| *byte == 0) else { return };
    let (Ok(target), Ok(patch)) = (document::scan(&input[..at]), document::scan(&input[at + 1..])) else {
        return;
    };
    let merged = document::merge_patch(&target, &patch);
    let (Some(mut expected), Some(change)) = (parsed(target.text()), parsed(patch.text())) else { return };
    apply(&mut expected, change);
    assert_eq!(parsed(&merged).as_ref(), Some(&expected), "another result than RFC 7396");
    // Members of both may be nested more deeply than the scanner allows.
    if let Ok(scanned) = document::scan(merged.as_bytes()) {
        assert_eq!(
            parsed(&document::merge_patch(&scanned, &patch)),
            Some(expected),
            "a patch is not idempotent"
        );
    }
}

/// The pseudocode of RFC 7396, section 2.
fn apply(target: &mut Value, patch: Value) {
    let Value::Object(changes) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, change) in changes {
        if change.is_null() {
            members.remove(&name);
        } else {
            apply(members.entry(name).or_insert(Value::Null), change);
        }
    }
}

/// Parses JSON with another library; `None` also for numbers that it cannot represent.
fn parsed(text: &str) -> Option<Value> {
    deserialized(text)
}

fn deserialized<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.disable_recursion_limit();
    let value = T::deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(value)
}

/// Arbitrary text is no valid cursor, and a cursor works only with the query that it was made for.
pub fn cursor(input: &[u8]) {
    const SORTS: &[(&str, &str)] = &[("created_at", "created_at"), ("name", "name_folded")];
    let keyset = |sort: &str, token: &str, filters: &str| Keyset::new(sort, SORTS, "id", 1, token, filters);
    let text = String::from_utf8_lossy(input);
    let _ = keyset("name", &text, "");
    let _ = keyset(&text, "", "");
    let mut id = [0; 16];
    id.iter_mut().zip(input).for_each(|(byte, given)| *byte = *given);
    let first = keyset("name", "", &text).expect("a known sort");
    let page = first.page(vec![(), ()], |()| (SortKey::Text(text.clone().into_owned()), id), |()| 1);
    assert!(keyset("name", &page.next, &text).is_ok(), "a cursor of this query is rejected");
    assert!(keyset("-name", &page.next, &text).is_err(), "a cursor of another sort is accepted");
    assert!(
        keyset("name", &page.next, &format!("{text} ")).is_err(),
        "a cursor of other filters is accepted"
    );
}

/// Neither arbitrary text nor a changed token is a valid access token.
pub fn token(input: &[u8]) {
    static ISSUER: OnceLock<(KeySet, String)> = OnceLock::new();
    let now = Timestamp::from_millis(1_800_000_000_000);
    let (keys, valid) = ISSUER.get_or_init(|| {
        let pkcs8 = SigningKey::generate().expect("random numbers");
        let public = public_key(&pkcs8).expect("a new key");
        let claims = Claims::new(UserId::new(), SessionId::new(), Role::Member, 1, now);
        let token = SigningKey::from_pkcs8(&pkcs8).and_then(|key| key.sign(&claims)).expect("a new key");
        (KeySet::parse(&KeySet::publish([public.as_slice()])).expect("a published key"), token)
    });
    assert!(keys.verify(valid, now).is_ok());
    let _ = KeySet::parse(input);
    let text = String::from_utf8_lossy(input);
    assert!(text == *valid || keys.verify(&text, now).is_err(), "an unsigned token is accepted");
    // The first two bytes are a place in the valid token, the others replace what is there.
    let [high, low, replacement @ ..] = input else { return };
    let at = usize::from(u16::from_be_bytes([*high, *low])) % valid.len();
    let mut changed = valid.clone().into_bytes();
    changed.iter_mut().skip(at).zip(replacement).for_each(|(byte, given)| *byte = *given);
    if let Ok(changed) = String::from_utf8(changed) {
        assert!(changed == *valid || keys.verify(&changed, now).is_err(), "a changed token is accepted");
    }
}

/// Escaped text contains nothing that a terminal acts on.
pub fn terminal_escaping(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    let escaped = Untrusted::from(text.clone()).escaped().to_string();
    assert_eq!(unprintable(&escaped).next(), None, "{escaped:?} can act on a terminal");
    assert!(!escaped.chars().any(char::is_control), "{escaped:?} contains a control character");
    if unprintable(&text).next().is_none() {
        assert_eq!(escaped, text, "printable text is changed");
    }
    assert_eq!(unprintable(&quoted(&text)).next(), None, "a quotation can act on a terminal");
}

/// Any table is read to its end, and the labels of a person survive printing.
pub fn csv_import(input: &[u8]) {
    for delimiter in *b",;\t" {
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(Cursor::new(input));
        let Ok(header) = reader.headers().cloned() else { continue };
        let columns: Vec<_> = header.iter().map(|name| name.trim().to_owned()).collect();
        for record in reader.records().flatten() {
            let cells = columns.iter().map(String::as_str).zip(record.iter().map(str::trim));
            let _ = PersonRow::read(cells);
        }
    }
    let text = String::from_utf8_lossy(input);
    if let Ok(parsed) = labels::parse(&text) {
        let printed = labels::print(parsed.iter().map(|(key, value)| (&**key, &**value)));
        assert_eq!(labels::parse(&printed).as_ref(), Ok(&parsed), "{printed:?}");
    }
}
