//! Three-way merge: both changes are applied, or a conflict is reported.

use proptest::prelude::*;
use vitae_contracts_document::{Rebased, is_same, rebase, scan};

use crate::arbitrary::json;

fn rebased(base: &str, ours: &str, theirs: &str) -> Rebased {
    let scanned = |text| scan(str::as_bytes(text)).unwrap();
    rebase(&scanned(base), &scanned(ours), &scanned(theirs))
}

#[test]
fn changes_of_one_side_are_applied() {
    for (base, ours, theirs, expected) in [
        (r#"{"a":1,"b":1}"#, r#"{"a":2,"b":1}"#, r#"{"a":1,"b":2}"#, r#"{"a":2,"b":2}"#),
        (r#"{"a":1}"#, r#"{"a":1, "b":2}"#, r#"{"a":1,"c":3}"#, r#"{"a":1, "b":2, "c":3}"#),
        (r#"{"a":1,"b":2}"#, r#"{"a":1}"#, r#"{"a":3,"b":2}"#, r#"{"a":3}"#),
        (r#"{"a":1,"b":2}"#, r#"{"a":9,"b":2}"#, r#"{"a":1}"#, r#"{"a":9}"#),
        (r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":2}"#, r#"{"a":2}"#),
        ("[1,2]", "[0,1,2]", "[1,2,3]", "[0,1,2,3]"),
        ("[1]", "[1, 2]", "[1,3]", "[1, 2, 3]"),
        ("[]", "[1]", "[2]", "[1, 2]"),
        ("[1,2,3]", "[1,3]", "[1,2,3,4]", "[1,3,4]"),
        (r#"[{"a":1,"b":1}]"#, r#"[{"a":2,"b":1}]"#, r#"[{"a":1,"b":2},{}]"#, r#"[{"a":2,"b":2}, {}]"#),
        ("[\n  1\n]", "[\n  1,\n  2\n]", "[0,1]", "[\n  0,\n  1,\n  2\n]"),
        (r#"{"x":{}}"#, r#"{"x":{"a":1}}"#, r#"{"x":{"b":2}}"#, r#"{"x":{"a":1,"b":2}}"#),
    ] {
        let Rebased { text, conflicts } = rebased(base, ours, theirs);
        assert_eq!((text.as_str(), conflicts.len()), (expected, 0), "{base} {ours} {theirs}");
    }
}

#[test]
fn conflicting_change_keeps_ours_and_is_reported() {
    for (base, ours, theirs, text, pointer, theirs_text) in [
        (r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#, r#"{"a":2}"#, "/a", Some("3")),
        (r#"{"a":1}"#, r#"{"a":2}"#, "{}", r#"{"a":2}"#, "/a", None),
        (r#"{"a":1}"#, "{}", r#"{"a":3}"#, "{}", "/a", Some("3")),
        ("{}", r#"{"a":2}"#, r#"{"a":3}"#, r#"{"a":2}"#, "/a", Some("3")),
        (r#"{"a":[1,2]}"#, r#"{"a":[9]}"#, r#"{"a":[1,2,3]}"#, r#"{"a":[9]}"#, "/a", Some("[1, 2, 3]")),
        (r#"[{"a":1}]"#, r#"[{"a":2}]"#, r#"[{"a":3}]"#, r#"[{"a":2}]"#, "/0/a", Some("3")),
    ] {
        let Rebased { text: found, conflicts } = rebased(base, ours, theirs);
        assert_eq!(found, text, "{base} {ours} {theirs}");
        assert_eq!(conflicts.len(), 1, "{conflicts:?}");
        assert_eq!((conflicts[0].pointer.as_str(), conflicts[0].theirs.as_deref()), (pointer, theirs_text));
    }
}

proptest! {
    #[test]
    fn change_of_one_side_alone_is_the_result(base in json(), other in json()) {
        let (Ok(base), Ok(other)) = (scan(base.as_bytes()), scan(other.as_bytes())) else {
            return Ok(());
        };
        let ours = rebase(&base, &other, &base);
        prop_assert_eq!(&ours.text, other.text());
        prop_assert!(ours.conflicts.is_empty());
        let theirs = rebase(&base, &base, &other);
        let text = scan(theirs.text.as_bytes()).unwrap();
        prop_assert!(theirs.conflicts.is_empty() && is_same(text.root(), other.root()), "{}", theirs.text);
        let both = rebase(&base, &other, &other);
        prop_assert_eq!(&both.text, other.text());
    }

    #[test]
    fn result_is_well_formed_and_not_too_deep(base in json(), ours in json(), theirs in json()) {
        let texts = [&base, &ours, &theirs].map(|text| scan(text.as_bytes()));
        let [Ok(base), Ok(ours), Ok(theirs)] = texts else {
            return Ok(());
        };
        let rebased = rebase(&base, &ours, &theirs);
        prop_assert!(scan(rebased.text.as_bytes()).is_ok(), "{}", rebased.text);
    }
}
