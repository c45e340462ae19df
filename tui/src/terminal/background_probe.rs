//! What the terminal says about its background, told apart from what is typed.
//!
//! The response to the question (OSC 11) comes in among the keys, whenever the terminal gives it, and whatever
//! reads keys takes it for some: alt-], 1, 1, ;, r, g, b and so on. So keys that could be the response are
//! held until they are it, or until they cannot be it any more and are typed after all. Nothing ever waits
//! for the response; what is typed meanwhile is typed.

use crossterm::event::KeyCode;

use crate::terminal::key::Key;
use crate::terminal::theme::Rgb;

/// Asks the terminal for its background.
pub(crate) const QUESTION: &str = "\x1b]11;?\x1b\\";

/// Asks the terminal for the place of its cursor: every terminal tells that, and all response in order. So what was
/// asked before has been answered as soon as this is.
pub(crate) const FENCE: &str = "\x1b[6n";

/// What the terminal says begins so.
const BEGIN: &str = "\x1b]11;rgb";

/// Reads what the terminal says until it has answered the fence; a silent one costs a second, once.
///
/// Reads by itself: two readers of crossterm 0.29 at once wait for each other for ever.
#[cfg(unix)]
pub(crate) fn hear_out() {
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let stdin = std::io::stdin();
    let end = Instant::now() + Duration::from_secs(1);
    let mut heard = Vec::new();
    while !has_fence(&heard) {
        let left = end.saturating_duration_since(Instant::now());
        let Ok(left) = Timespec::try_from(left) else { return };
        let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
        if !matches!(poll(&mut polled, Some(&left)), Ok(1..)) {
            return;
        }
        let mut bytes = [0; 256];
        match rustix::io::read(&stdin, &mut bytes) {
            Ok(read @ 1..) => heard.extend_from_slice(&bytes[..read]),
            _ => return,
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn hear_out() {}

/// Whether there is `ESC [ line ; column R` in what was heard.
#[cfg(unix)]
fn has_fence(heard: &[u8]) -> bool {
    let after_begin = |at| heard[at..].strip_prefix(b"\x1b[");
    (0..heard.len()).filter_map(after_begin).any(|rest| {
        let end = rest.iter().position(|byte| !(byte.is_ascii_digit() || *byte == b';'));
        end.is_some_and(|end| end > 0 && rest[end] == b'R')
    })
}

/// Listens to keys for the terminal's response.
#[derive(Debug, Default)]
pub(crate) struct Listener {
    /// What may be the beginning of the response.
    held: Vec<Key>,
    /// Whether the key before was an escape: a terminal's response can be torn apart behind its first byte.
    is_behind_escape: bool,
}

/// What keys were.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// What was typed, in its order.
    pub(crate) typed: Vec<Key>,
    /// What the terminal said.
    pub(crate) background: Option<Rgb>,
}

/// What a text is as an response.
#[derive(Debug, PartialEq, Eq)]
enum Reading {
    Whole(Rgb),
    /// The colour is all there, its end is not.
    Colour(Rgb),
    Begun,
    Other,
}

impl Listener {
    /// Takes a key in.
    pub(crate) fn hear(&mut self, key: Key) -> Heard {
        let may_begin = key.is_alt(']') || (self.is_behind_escape && key.typed() == Some(']'));
        self.is_behind_escape = key.code() == KeyCode::Esc;
        if self.held.is_empty() && !may_begin {
            return Heard { typed: vec![key], background: None };
        }
        self.held.push(key);
        match self.reading() {
            Reading::Whole(background) => {
                self.held.clear();
                Heard { typed: Vec::new(), background: Some(background) }
            }
            Reading::Colour(_) | Reading::Begun => Heard::default(),
            Reading::Other => {
                // The key that does not belong to it may begin another.
                self.held.pop();
                let mut heard = self.give_up();
                let last = self.hear(key);
                heard.typed.extend(last.typed);
                heard
            }
        }
    }

    /// So much time has passed that what comes now does not belong to the escape before it.
    pub(crate) fn pause(&mut self) {
        self.is_behind_escape = false;
    }

    /// Whether something is held.
    pub(crate) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Waits no longer for the rest of what is held.
    pub(crate) fn give_up(&mut self) -> Heard {
        let reading = self.reading();
        let held = std::mem::take(&mut self.held);
        match reading {
            Reading::Whole(background) | Reading::Colour(background) => {
                Heard { typed: Vec::new(), background: Some(background) }
            }
            Reading::Begun | Reading::Other => Heard { typed: held, background: None },
        }
    }

    fn reading(&self) -> Reading {
        let mut text = String::new();
        for (at, key) in self.held.iter().enumerate() {
            match key.typed() {
                // Its escape came before it, as a key of its own.
                Some(c) if at == 0 => text.extend(['\x1b', c]),
                Some(c) => text.push(c),
                None if key.code() == KeyCode::Esc => text.push('\x1b'),
                None if key.is_ctrl('g') => text.push('\x07'),
                None if key.is_alt(']') => text.push_str("\x1b]"),
                None if key.is_alt('\\') => text.push_str("\x1b\\"),
                None => return Reading::Other,
            }
        }
        read(&text)
    }
}

/// Reads `ESC ] 11 ; rgb:RRRR/GGGG/BBBB`, closed by `BEL` or `ESC \`; some add how opaque it is (`rgba:`).
fn read(text: &str) -> Reading {
    let Some(rest) = text.strip_prefix(BEGIN) else {
        return if BEGIN.starts_with(text) { Reading::Begun } else { Reading::Other };
    };
    let (parts, rest) = match rest.strip_prefix('a') {
        Some(rest) => (4, rest),
        None => (3, rest),
    };
    let Some(rest) = rest.strip_prefix(':') else {
        return if rest.is_empty() { Reading::Begun } else { Reading::Other };
    };
    let end = rest.find(['\x07', '\x1b']).unwrap_or(rest.len());
    let (colour, end) = rest.split_at(end);
    let shades: Vec<&str> = colour.split('/').collect();
    let is_shade = |text: &&str| text.len() <= 4 && text.chars().all(|c| c.is_ascii_hexdigit());
    if shades.len() > parts || !shades.iter().all(is_shade) {
        return Reading::Other;
    }
    let background = match shades[..] {
        [red, green, blue, ..] if shades.len() == parts => {
            eight_bits(red).zip(eight_bits(green)).zip(eight_bits(blue)).map(|((r, g), b)| [r, g, b])
        }
        _ => None,
    };
    let is_even = shades.last().map(|last| last.len()) == shades.first().map(|first| first.len());
    match (background, end) {
        (Some(background), "\x07" | "\x1b\\") => Reading::Whole(background),
        (Some(background), "\x1b") => Reading::Colour(background),
        (Some(background), "") if is_even => Reading::Colour(background),
        (_, "") => Reading::Begun,
        _ => Reading::Other,
    }
}

/// A shade of one to four hexadecimal digits, in eight bits.
fn eight_bits(digits: &str) -> Option<u8> {
    let shade = u32::from_str_radix(digits, 16).ok()?;
    let most = 16_u32.pow(u32::try_from(digits.len()).ok()?) - 1;
    u8::try_from(shade * 255 / most).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is heard in keys as a keymap writes them.
    fn heard(keys: &str) -> (String, Option<Rgb>) {
        let mut listener = Listener::default();
        let (mut typed, mut background) = (Vec::new(), None);
        let mut take = |heard: Heard| {
            typed.extend(heard.typed.iter().map(Key::to_string));
            background = background.or(heard.background);
        };
        for key in keys.split_whitespace() {
            take(listener.hear(key.parse().unwrap()));
        }
        take(listener.give_up());
        (typed.join(" "), background)
    }

    fn spaced(text: &str) -> String {
        text.chars().flat_map(|c| [c, ' ']).collect()
    }

    #[test]
    fn an_answer_is_heard_however_it_ends_and_whatever_is_typed_around_it() {
        let white = Some([0xff; 3]);
        for (begin, colour, end, background) in [
            ("alt-]", "11;rgb:ffff/ffff/ffff", "alt-\\", white),
            ("alt-]", "11;rgb:ffff/ffff/ffff", "ctrl-g", white),
            ("alt-]", "11;rgb:FF/FF/FF", "alt-\\", white),
            ("alt-]", "11;rgba:1515/1818/1e1e/ffff", "ctrl-g", Some([0x15, 0x18, 0x1e])),
            // Torn apart behind an escape.
            ("esc ]", "11;rgb:ffff/ffff/ffff", "esc \\", white),
            // Its end comes never.
            ("alt-]", "11;rgb:ffff/ffff/ffff", "", white),
            ("alt-]", "11;rgb:ffff/ffff/ffff", "esc", white),
        ] {
            let response = format!("{begin} {}{end}", spaced(colour));
            let escape = if begin == "esc ]" { "esc" } else { "" };
            assert_eq!(heard(&response), (escape.to_owned(), background), "{response}");
            if end.contains(['g', '\\']) {
                let (typed, said) = heard(&format!("j {response} k"));
                assert_eq!(
                    (typed, said),
                    (format!("j {escape} k").replace("  ", " "), background),
                    "{response}"
                );
            }
        }
    }

    #[test]
    fn nothing_that_is_typed_is_lost() {
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
            assert_eq!(heard(keys), (keys.to_owned(), None), "{keys}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_fence_is_found_behind_whatever_came_before_it() {
        for (heard, is_there) in [
            (&b"\x1b[12;40R"[..], true),
            (b"q\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[1;1R", true),
            (b"\x1b[A\x1b[1;1Rls", true),
            (b"\x1b[12;40", false),
            (b"\x1b[R", false),
            (b"R\x1b[1;2A", false),
            (b"", false),
        ] {
            assert_eq!(has_fence(heard), is_there, "{heard:?}");
        }
    }

    #[test]
    fn what_cannot_be_an_answer_is_let_go_with_the_key_that_shows_it() {
        let mut listener = Listener::default();
        assert_eq!(listener.hear("alt-]".parse().unwrap()), Heard::default());
        assert!(listener.is_holding());
        assert_eq!(listener.hear("j".parse().unwrap()).typed.len(), 2);
        assert!(!listener.is_holding());
        // Whoever goes back, and a while later forward, does not wait for the next key.
        listener.hear("esc".parse().unwrap());
        listener.pause();
        assert_eq!(listener.hear("]".parse().unwrap()).typed.len(), 1);
    }
}
