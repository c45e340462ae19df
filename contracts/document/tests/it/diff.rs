//! Differences between documents.

use proptest::prelude::*;
use vitae_contracts_document::{diff, is_same, scan};

use crate::arbitrary::json;

/// Returns the differences as lines: `~ /a 1 -> 2`, `+ /b 3`, `- /c 4`.
fn lines(before: &str, after: &str) -> Vec<String> {
    let (before, after) = (scan(before.as_bytes()).unwrap(), scan(after.as_bytes()).unwrap());
    let line = |change: vitae_contracts_document::Change| match (change.before, change.after) {
        (Some(before), Some(after)) => format!("~ {} {before} -> {after}", change.pointer),
        (Some(before), None) => format!("- {} {before}", change.pointer),
        (None, Some(after)) => format!("+ {} {after}", change.pointer),
        (None, None) => panic!("a change of nothing"),
    };
    diff(&before, &after).into_iter().map(line).collect()
}

#[test]
fn only_parts_that_differ_are_listed() {
    for (before, after, expected) in [
        ("{}", "{ }", &[][..]),
        (r#"{"a":1,"b":"\u0061"}"#, r#"{"b": "a", "a": 1}"#, &[]),
        (r#"{"a":1.10}"#, r#"{"a":1.1}"#, &["~ /a 1.10 -> 1.1"]),
        (r#"{"a":1,"c":4}"#, r#"{"a":2,"b":3}"#, &["~ /a 1 -> 2", "- /c 4", "+ /b 3"]),
        (r#"{"a/b~":[1]}"#, r#"{"a/b~":[2]}"#, &["~ /a~1b~0/0 1 -> 2"]),
        (r#"{"a":{}}"#, r#"{"a":[]}"#, &["~ /a {} -> []"]),
        ("[1,2,3]", "[0,1,2,3]", &["+ /0 0"]),
        ("[1,2,3]", "[1,3]", &["- /1 2"]),
        ("[1,2,3]", "[1,9,3]", &["~ /1 2 -> 9"]),
        (r#"[{"n":1},{"n":2}]"#, r#"[{"n":0},{"n":1},{"n":3}]"#, &["+ /0 {\"n\":0}", "~ /2/n 2 -> 3"]),
        ("[]", "[1,2]", &["+ /0 1", "+ /1 2"]),
    ] {
        assert_eq!(lines(before, after), expected, "{before} {after}");
    }
}

#[test]
fn long_lists_without_common_elements_are_compared_by_index() {
    let list = |from: usize| {
        let numbers: Vec<_> = (from..from + 3000).map(|n| n.to_string()).collect();
        format!("[{}]", numbers.join(","))
    };
    assert_eq!(lines(&list(0), &list(10_000)).len(), 3000);
    assert_eq!(lines(&list(0), &list(1)).len(), 3000, "a shift exceeds the limit of comparisons");
    let mut longer = list(0);
    longer.insert_str(1, "-1,");
    assert_eq!(lines(&list(0), &longer), ["+ /0 -1"]);
}

proptest! {
    #[test]
    fn diff_is_empty_exactly_if_values_are_equal(before in json(), after in json()) {
        let (Ok(before), Ok(after)) = (scan(before.as_bytes()), scan(after.as_bytes())) else {
            return Ok(());
        };
        prop_assert_eq!(diff(&before, &after).is_empty(), is_same(before.root(), after.root()));
        prop_assert!(diff(&before, &before).is_empty());
        prop_assert_eq!(is_same(before.root(), after.root()), is_same(after.root(), before.root()));
    }
}
