//! Terminal control characters in every stored field, on every screen: they are shown escaped.

use vitae_contracts_core::unprintable;

use super::drive::{draw, screen};
use super::sample::Sample;
use crate::app::announce::announce;
use crate::app::model::Model;
use crate::terminal::text::acts;

/// Attempts to clear, retitle, copy, colour, hide, reverse, break lines and join.
const HOSTILE: Sample = Sample::of(&[
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "\u{9b}31m\u{90}q\u{9c}",
    "\u{202e}desrever\u{202c} \u{2066}isolated",
    "a\r\nb\tc\u{8}\u{7f}\u{0}",
    "\u{200b}\u{200d}\u{feff}\u{2028}\u{e0001}hidden",
    "\u{1b}]52;c;b3duZWQ=\u{7}",
]);

/// All screens, with the keys that open each overlay.
const PLACES: &[(&str, &[&str])] = &[
    ("users", &["d esc", "e esc", "space space d esc", "c esc", "y", "p J", "/ a enter esc", "i Y"]),
    ("resumes", &["d esc", "e esc", "t", "p p J J K", "h enter esc", "o esc"]),
    ("audit", &["J K", "o esc", "enter esc"]),
    ("trash users", &["R", "esc"]),
    ("trash resumes", &["p", "R"]),
    ("sessions", &["x esc"]),
    ("user 00000000-0000-0000-0000-000000000001", &["tab", "tab", "tab", "tab e esc"]),
    ("resume 00000000-0000-0000-0000-000000000064", &["j", "t", "G", "e tab tab esc"]),
    ("revisions 00000000-0000-0000-0000-000000000064", &["space space =", "esc esc enter"]),
    ("change 00000000-0000-0000-0000-000000000064 2 3", &["G"]),
    ("organisation", &["G", "k k", "g enter"]),
    ("log", &["ctrl-p esc", "?"]),
];

#[track_caller]
fn does_nothing(model: &Model, when: &str) {
    let (buffer, _) = draw(model);
    for cell in buffer.content() {
        assert!(!acts(cell.symbol()), "{:?} {when}", cell.symbol());
    }
    let said = format!("{:?}", announce(model));
    assert!(unprintable(&said).next().is_none(), "{said} {when}");
    let mut speaker = crate::screen_reader::Speaker::default();
    for line in speaker.changes(announce(model)) {
        assert!(unprintable(&line).next().is_none(), "{line:?} {when}");
    }
}

#[test]
fn stored_text_is_escaped_on_every_screen_and_in_speech() {
    for size in [(40, 10), (80, 24), (120, 40)] {
        for (place, acts) in PLACES {
            let mut model = HOSTILE.open(size, place);
            does_nothing(&model, place);
            for keys in *acts {
                for key in keys.split_whitespace() {
                    HOSTILE.press(&mut model, key);
                    does_nothing(&model, &format!("after {key} of {keys} on {place} at {size:?}"));
                }
            }
        }
    }
}

#[test]
fn escaped_text_is_complete() {
    for (place, shown) in [
        ("users", &["\\u{1b}[2J", "\\u{9b}31m", "\\u{202e}desrever"][..]),
        ("resumes", &["\\u{1b}[2J", "\\u{9b}31m"]),
        ("resume 00000000-0000-0000-0000-000000000064", &["\\u{202e}desrever", "\\u{9b}31m"]),
        ("audit", &["\\u{9b}31m"]),
    ] {
        let text = screen(&HOSTILE.open((200, 50), place));
        for text_of_it in shown {
            assert!(text.contains(text_of_it), "{text_of_it} on {place}:\n{text}");
        }
    }
}
