//! Random JSON texts: unusual white space and numbers, escaped and repeated keys.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// White space as typed by people and written by programs.
fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just(""), 2 => Just(" "), 1 => select(vec!["\n  ", "\t", "\r\n", "  "])]
}

fn scalar() -> impl Strategy<Value = String> {
    select(vec![
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1.10",
        "1e2",
        "-3.5E-2",
        "1180591620717411303424",
        r#""""#,
        r#""a""#,
        r#""\u0061""#,
        r#""é\n\"\\\/""#,
        r#""\ud83d\ude42🙂""#,
        r#""2020-01""#,
        r#""a longer string, so that whole words are skipped""#,
    ])
    .prop_map(str::to_owned)
}

/// Keys that often collide, some of them only after unescaping.
fn key() -> impl Strategy<Value = &'static str> {
    select(vec![
        "a",
        "b",
        "c",
        "\\u0061",
        "",
        "é",
        "a/b~",
        "name",
        "basics",
        "work",
        "startDate",
        "highlights",
        "profiles",
    ])
}

fn array_of(item: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (space(), vec((space(), item, space()), 0..4)).prop_map(|(inner, items)| {
        let items: Vec<String> =
            items.into_iter().map(|(before, item, after)| format!("{before}{item}{after}")).collect();
        format!("[{inner}{}]", items.join(","))
    })
}

fn object_of(item: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let member = (space(), key(), space(), space(), item, space());
    (space(), vec(member, 0..6)).prop_map(|(inner, members)| {
        let members: Vec<String> = members
            .into_iter()
            .map(|(s1, key, s2, s3, item, s4)| format!("{s1}\"{key}\"{s2}:{s3}{item}{s4}"))
            .collect();
        format!("{{{inner}{}}}", members.join(","))
    })
}

/// A JSON text of any kind; an object can have a key twice.
pub(crate) fn json() -> impl Strategy<Value = String> {
    let value = scalar().prop_recursive(
        5,
        40,
        6,
        |inner| prop_oneof![1 => array_of(inner.clone()), 3 => object_of(inner)],
    );
    (space(), value, space()).prop_map(|(before, value, after)| format!("{before}{value}{after}"))
}

/// A JSON text that can be nested deeper than the scanner allows.
pub(crate) fn deep_json() -> impl Strategy<Value = String> {
    (0..70_usize, json())
        .prop_map(|(depth, text)| format!("{}{text}{}", "[".repeat(depth), "]".repeat(depth)))
}

/// A JSON text with a few bytes inserted, replaced, removed or cut off.
pub(crate) fn damaged_json() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => select(br#"{}[]",:\/u0d8e+-.ntrfalse "#.to_vec()),
        1 => any::<u8>(),
    ];
    let accident = (any::<prop::sample::Index>(), byte, 0..4_u8);
    (json(), vec(accident, 0..4)).prop_map(|(text, accidents)| {
        let mut bytes = text.into_bytes();
        for (place, byte, accident) in accidents {
            let at = place.index(bytes.len() + 1);
            match accident {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => bytes[at] = byte,
                2 if at < bytes.len() => drop(bytes.remove(at)),
                _ if accident == 3 && byte % 4 == 0 => bytes.truncate(at),
                _ => {}
            }
        }
        bytes
    })
}
