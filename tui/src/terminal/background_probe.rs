//! Recognition of the terminal's background colour report among typed keys.
//!
//! The reply to the query (OSC 11) arrives among the keys at any time, and the key reader
//! reports it as keys: alt-], 1, 1, ;, r, g, b and so on. So keys that could belong to the reply are
//! held until the reply is complete, or until they cannot belong to it and are handled as typed. Nothing waits
//! for the reply, and no typed key is lost.

use crossterm::event::KeyCode;

use crate::terminal::key::Key;
use crate::terminal::theme::Rgb;

/// Queries the terminal's background colour.
pub(crate) const QUESTION: &str = "\x1b]11;?\x1b\\";

/// Queries the cursor position. Every terminal replies to it, and all reply in order, so earlier
/// queries have been answered once this reply arrives.
pub(crate) const FENCE: &str = "\x1b[6n";

/// The beginning of the terminal's reply.
const BEGIN: &str = "\x1b]11;rgb";

/// Reads the terminal's replies until the reply to the fence; a terminal that does not reply costs one second, once.
///
/// It reads the terminal directly, because two concurrent readers of crossterm 0.29 deadlock.
#[cfg(unix)]
pub(crate) fn drain_reply() {
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let stdin = std::io::stdin();
    let end = Instant::now() + Duration::from_secs(1);
    let mut input = Vec::new();
    while !has_fence(&input) {
        let left = end.saturating_duration_since(Instant::now());
        let Ok(left) = Timespec::try_from(left) else { return };
        let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
        if !matches!(poll(&mut polled, Some(&left)), Ok(1..)) {
            return;
        }
        let mut bytes = [0; 256];
        match rustix::io::read(&stdin, &mut bytes) {
            Ok(read @ 1..) => input.extend_from_slice(&bytes[..read]),
            _ => return,
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn drain_reply() {}

/// Returns whether the input contains `ESC [ line ; column R`.
#[cfg(unix)]
fn has_fence(input: &[u8]) -> bool {
    let after_begin = |at| input[at..].strip_prefix(b"\x1b[");
    (0..input.len()).filter_map(after_begin).any(|rest| {
        let end = rest.iter().position(|byte| !(byte.is_ascii_digit() || *byte == b';'));
        end.is_some_and(|end| end > 0 && rest[end] == b'R')
    })
}

/// The recognizer of the terminal's reply.
#[derive(Debug, Default)]
pub(crate) struct ReplyRecognizer {
    /// Held keys that can be the beginning of the reply.
    held: Vec<Key>,
    /// Whether the previous key was an escape: the reply can be split after its first byte.
    is_behind_escape: bool,
}

/// The classification of keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Recognized {
    /// Typed keys, in order.
    pub(crate) typed: Vec<Key>,
    /// The background colour reported by the terminal.
    pub(crate) background: Option<Rgb>,
}

/// The result of parsing a text as a reply.
#[derive(Debug, PartialEq, Eq)]
enum ParsedReply {
    Complete(Rgb),
    /// The colour is complete, the terminator is missing.
    Colour(Rgb),
    Incomplete,
    NotAReply,
}

impl ReplyRecognizer {
    /// Handles a key.
    pub(crate) fn handle_key(&mut self, key: Key) -> Recognized {
        let may_begin = key.is_alt(']') || (self.is_behind_escape && key.typed() == Some(']'));
        self.is_behind_escape = key.code() == KeyCode::Esc;
        if self.held.is_empty() && !may_begin {
            return Recognized { typed: vec![key], background: None };
        }
        self.held.push(key);
        match self.parsed_reply() {
            ParsedReply::Complete(background) => {
                self.held.clear();
                Recognized { typed: Vec::new(), background: Some(background) }
            }
            ParsedReply::Colour(_) | ParsedReply::Incomplete => Recognized::default(),
            ParsedReply::NotAReply => {
                // The key that does not belong to the reply can begin another one.
                self.held.pop();
                let mut recognized = self.release();
                let last = self.handle_key(key);
                recognized.typed.extend(last.typed);
                recognized
            }
        }
    }

    /// Notes a pause, after which a key does not belong to the escape before it.
    pub(crate) fn pause(&mut self) {
        self.is_behind_escape = false;
    }

    /// Returns whether keys are held.
    pub(crate) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Releases the held keys without waiting for the rest.
    pub(crate) fn release(&mut self) -> Recognized {
        let reply = self.parsed_reply();
        let held = std::mem::take(&mut self.held);
        match reply {
            ParsedReply::Complete(background) | ParsedReply::Colour(background) => {
                Recognized { typed: Vec::new(), background: Some(background) }
            }
            ParsedReply::Incomplete | ParsedReply::NotAReply => Recognized { typed: held, background: None },
        }
    }

    fn parsed_reply(&self) -> ParsedReply {
        let mut text = String::new();
        for (at, key) in self.held.iter().enumerate() {
            match key.typed() {
                // Its escape arrived before it, as a separate key.
                Some(c) if at == 0 => text.extend(['\x1b', c]),
                Some(c) => text.push(c),
                None if key.code() == KeyCode::Esc => text.push('\x1b'),
                None if key.is_ctrl('g') => text.push('\x07'),
                None if key.is_alt(']') => text.push_str("\x1b]"),
                None if key.is_alt('\\') => text.push_str("\x1b\\"),
                None => return ParsedReply::NotAReply,
            }
        }
        read(&text)
    }
}

/// Parses `ESC ] 11 ; rgb:RRRR/GGGG/BBBB`, terminated by `BEL` or `ESC \`; some terminals add the opacity (`rgba:`).
fn read(text: &str) -> ParsedReply {
    let Some(rest) = text.strip_prefix(BEGIN) else {
        return if BEGIN.starts_with(text) { ParsedReply::Incomplete } else { ParsedReply::NotAReply };
    };
    let (parts, rest) = match rest.strip_prefix('a') {
        Some(rest) => (4, rest),
        None => (3, rest),
    };
    let Some(rest) = rest.strip_prefix(':') else {
        return if rest.is_empty() { ParsedReply::Incomplete } else { ParsedReply::NotAReply };
    };
    let end = rest.find(['\x07', '\x1b']).unwrap_or(rest.len());
    let (colour, end) = rest.split_at(end);
    let shades: Vec<&str> = colour.split('/').collect();
    let is_shade = |text: &&str| text.len() <= 4 && text.chars().all(|c| c.is_ascii_hexdigit());
    if shades.len() > parts || !shades.iter().all(is_shade) {
        return ParsedReply::NotAReply;
    }
    let background = match shades[..] {
        [red, green, blue, ..] if shades.len() == parts => {
            eight_bits(red).zip(eight_bits(green)).zip(eight_bits(blue)).map(|((r, g), b)| [r, g, b])
        }
        _ => None,
    };
    let is_even = shades.last().map(|last| last.len()) == shades.first().map(|first| first.len());
    match (background, end) {
        (Some(background), "\x07" | "\x1b\\") => ParsedReply::Complete(background),
        (Some(background), "\x1b") => ParsedReply::Colour(background),
        (Some(background), "") if is_even => ParsedReply::Colour(background),
        (_, "") => ParsedReply::Incomplete,
        _ => ParsedReply::NotAReply,
    }
}

/// Converts a component of one to four hexadecimal digits to eight bits.
fn eight_bits(digits: &str) -> Option<u8> {
    let shade = u32::from_str_radix(digits, 16).ok()?;
    let most = 16_u32.pow(u32::try_from(digits.len()).ok()?) - 1;
    u8::try_from(shade * 255 / most).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds keys, written as in a keymap, and returns the typed ones and the colour.
    fn recognized(keys: &str) -> (String, Option<Rgb>) {
        let mut recognizer = ReplyRecognizer::default();
        let (mut typed, mut background) = (Vec::new(), None);
        let mut take = |recognized: Recognized| {
            typed.extend(recognized.typed.iter().map(Key::to_string));
            background = background.or(recognized.background);
        };
        for key in keys.split_whitespace() {
            take(recognizer.handle_key(key.parse().unwrap()));
        }
        take(recognizer.release());
        (typed.join(" "), background)
    }

    fn spaced(text: &str) -> String {
        text.chars().flat_map(|c| [c, ' ']).collect()
    }

    #[test]
    fn reply_is_recognized_among_typed_keys() {
        let white = Some([0xff; 3]);
        for (begin, colour, end, background) in [
            ("alt-]", "11;rgb:ffff/ffff/ffff", "alt-\\", white),
            ("alt-]", "11;rgb:ffff/ffff/ffff", "ctrl-g", white),
            ("alt-]", "11;rgb:FF/FF/FF", "alt-\\", white),
            ("alt-]", "11;rgba:1515/1818/1e1e/ffff", "ctrl-g", Some([0x15, 0x18, 0x1e])),
            // Split after an escape.
            ("esc ]", "11;rgb:ffff/ffff/ffff", "esc \\", white),
            // The terminator never arrives.
            ("alt-]", "11;rgb:ffff/ffff/ffff", "", white),
            ("alt-]", "11;rgb:ffff/ffff/ffff", "esc", white),
        ] {
            let response = format!("{begin} {}{end}", spaced(colour));
            let escape = if begin == "esc ]" { "esc" } else { "" };
            assert_eq!(recognized(&response), (escape.to_owned(), background), "{response}");
            if end.contains(['g', '\\']) {
                let (typed, said) = recognized(&format!("j {response} k"));
                assert_eq!(
                    (typed, said),
                    (format!("j {escape} k").replace("  ", " "), background),
                    "{response}"
                );
            }
        }
    }

    #[test]
    fn typed_keys_are_not_lost() {
        for keys in [
            "j k esc q",
            "alt-]",
            "alt-] j",
            "alt-] 1 2",
            "alt-] alt-] 1",
            "esc ] 1 1 x",
            "alt-] 1 1 ; r g b : x",
            "alt-] 1 1 ; r g b : 1 2 3 4 5",
            "alt-] 1 1 ; r g b : 1 / 2 enter",
            "alt-] 1 1 up",
        ] {
            assert_eq!(recognized(keys), (keys.to_owned(), None), "{keys}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn fence_is_found_after_any_input() {
        for (input, is_there) in [
            (&b"\x1b[12;40R"[..], true),
            (b"q\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[1;1R", true),
            (b"\x1b[A\x1b[1;1Rls", true),
            (b"\x1b[12;40", false),
            (b"\x1b[R", false),
            (b"R\x1b[1;2A", false),
            (b"", false),
        ] {
            assert_eq!(has_fence(input), is_there, "{input:?}");
        }
    }

    #[test]
    fn held_keys_are_released_when_they_cannot_be_a_reply() {
        let mut recognizer = ReplyRecognizer::default();
        assert_eq!(recognizer.handle_key("alt-]".parse().unwrap()), Recognized::default());
        assert!(recognizer.is_holding());
        assert_eq!(recognizer.handle_key("j".parse().unwrap()).typed.len(), 2);
        assert!(!recognizer.is_holding());
        // An escape and, after a pause, `]` are two keys.
        recognizer.handle_key("esc".parse().unwrap());
        recognizer.pause();
        assert_eq!(recognizer.handle_key("]".parse().unwrap()).typed.len(), 1);
    }
}
