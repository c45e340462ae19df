//! The strict scanner, which validates JSON in one pass.

mod keys;

use std::ops::Range;

use self::keys::Keys;
use crate::malformed::{Failure, Malformed, MalformedKind};
use crate::string::{code_unit, end_of_plain_run, unescaped};
use crate::value::Scanned;

/// The maximum nesting depth of arrays and objects.
///
/// A scalar has depth 0, `[]` has depth 1.
pub const MAX_DEPTH: u8 = 64;

/// Checks that `bytes` are one JSON value (RFC 8259), strictly.
///
/// Beyond what the grammar rejects, it rejects nesting deeper than [`MAX_DEPTH`],
/// a key that its object already has (compared after unescaping), escapes of lone
/// surrogates, invalid UTF-8 and a byte order mark. Numbers may have any size
/// and precision: they stay text.
pub fn scan(bytes: &[u8]) -> Result<Scanned<'_>, Malformed> {
    scan_within(bytes, MAX_DEPTH)
}

/// Like [`scan`], with another limit of nesting depth.
pub fn scan_within(bytes: &[u8], max_depth: u8) -> Result<Scanned<'_>, Malformed> {
    // One UTF-8 check of the whole input is faster than one for each string.
    let broken = match str::from_utf8(bytes) {
        Ok(text) => {
            return match Scanner::new(text, max_depth).document() {
                Ok(root) => Ok(Scanned::new(text, root)),
                Err(failure) => Err(failure.into_malformed(text)),
            };
        }
        Err(broken) => broken,
    };
    let text =
        bytes.get(..broken.valid_up_to()).and_then(|valid| str::from_utf8(valid).ok()).unwrap_or_default();
    // The valid part is scanned first: it may contain an earlier error, and it provides the path.
    let failure = match Scanner::new(text, max_depth).document() {
        Err(failure) => failure.caused_by_invalid_utf8(),
        Ok(_) => Failure::new(text.len(), MalformedKind::InvalidUtf8),
    };
    Err(failure.into_malformed(text))
}

type ScanResult<T = ()> = Result<T, Failure>;

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    max_depth: u8,
    keys: Keys<'a>,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, max_depth: u8) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0, max_depth, keys: Keys::default() }
    }

    /// Scans the whole text and returns the range of its value.
    fn document(&mut self) -> ScanResult<Range<usize>> {
        if self.text.starts_with('\u{feff}') {
            return Err(self.failure(MalformedKind::ByteOrderMark));
        }
        self.skip_space();
        let start = self.at;
        if self.peek().is_none() {
            return Err(self.failure(MalformedKind::Empty));
        }
        self.value(0)?;
        let end = self.at;
        self.skip_space();
        match self.peek() {
            None => Ok(start..end),
            Some(_) => Err(self.failure(MalformedKind::TrailingText)),
        }
    }

    /// Scans a value inside `depth` arrays and objects.
    fn value(&mut self, depth: u8) -> ScanResult {
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'{') => {
                let depth = self.deeper(depth)?;
                self.object(depth)
            }
            Some(b'[') => {
                let depth = self.deeper(depth)?;
                self.array(depth)
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => Err(self.expected("a value")),
        }
    }

    fn deeper(&self, depth: u8) -> ScanResult<u8> {
        if depth < self.max_depth {
            return Ok(depth + 1);
        }
        Err(self.failure(MalformedKind::TooDeep(self.max_depth)))
    }

    fn object(&mut self, depth: u8) -> ScanResult {
        self.at += 1;
        self.skip_space();
        if self.eat(b'}') {
            return Ok(());
        }
        let mut keys = self.keys.open();
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.expected("a key in quotes"));
            }
            let key = self.string()?;
            if !self.keys.insert(&mut keys, key) {
                let unescaped_key = unescaped(key).into_owned();
                let kind = MalformedKind::DuplicateKey(unescaped_key);
                return Err(Failure::new(start, kind).in_member(key));
            }
            self.skip_space();
            if !self.eat(b':') {
                return Err(self.expected("`:`"));
            }
            self.skip_space();
            self.value(depth).map_err(|failure| failure.in_member(key))?;
            self.skip_space();
            if self.eat(b',') {
                self.skip_space();
            } else if self.eat(b'}') {
                self.keys.close(&keys);
                return Ok(());
            } else {
                return Err(self.expected("`,` or `}`"));
            }
        }
    }

    fn array(&mut self, depth: u8) -> ScanResult {
        self.at += 1;
        self.skip_space();
        if self.eat(b']') {
            return Ok(());
        }
        for index in 0.. {
            self.value(depth).map_err(|failure| failure.in_element(index))?;
            self.skip_space();
            if self.eat(b']') {
                break;
            }
            if !self.eat(b',') {
                return Err(self.expected("`,` or `]`"));
            }
            self.skip_space();
        }
        Ok(())
    }

    /// Scans a string and returns the text between its quotes.
    fn string(&mut self) -> ScanResult<&'a str> {
        let start = self.at + 1;
        self.at = start;
        loop {
            self.at = end_of_plain_run(self.bytes, self.at);
            match self.peek() {
                Some(b'"') => {
                    // Both ends are next to a quote, so neither splits a character.
                    let raw = self.text.get(start..self.at).unwrap_or_default();
                    self.at += 1;
                    return Ok(raw);
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.failure(MalformedKind::ControlCharacter)),
                None => return Err(self.failure(MalformedKind::UnexpectedEnd)),
            }
        }
    }

    fn escape(&mut self) -> ScanResult {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let first = self.code_unit()?;
                if matches!(first, 0xd800..=0xdfff) {
                    self.low_surrogate_after(first)?;
                }
                self.at += 6;
            }
            Some(_) => return Err(self.failure(MalformedKind::InvalidEscape)),
            None => return Err(self.end()),
        }
        Ok(())
    }

    /// Skips the high surrogate `first` if a low one follows.
    fn low_surrogate_after(&mut self, first: u16) -> ScanResult {
        let start = self.at;
        let escape_follows = self.bytes.get(start + 6..start + 8) == Some(br"\u");
        if first > 0xdbff || !escape_follows {
            return Err(self.failure(MalformedKind::LoneSurrogate));
        }
        self.at += 6;
        match self.code_unit()? {
            0xdc00..=0xdfff => Ok(()),
            _ => Err(Failure::new(start, MalformedKind::LoneSurrogate)),
        }
    }

    /// Returns the code unit of the escape at `at`, which begins with `\u`.
    fn code_unit(&self) -> ScanResult<u16> {
        code_unit(self.bytes, self.at + 2).ok_or_else(|| {
            let mut digits = self.bytes.iter().skip(self.at + 2).take(4);
            if digits.all(u8::is_ascii_hexdigit) {
                self.end()
            } else {
                self.failure(MalformedKind::InvalidEscape)
            }
        })
    }

    fn number(&mut self) -> ScanResult {
        self.eat(b'-');
        if self.eat(b'0') {
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                let zero = self.at - 1;
                return Err(Failure::new(zero, MalformedKind::LeadingZero));
            }
        } else {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> ScanResult {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.expected("a digit"));
        }
        Ok(())
    }

    fn word(&mut self, word: &'static str) -> ScanResult {
        for byte in word.bytes() {
            if !self.eat(byte) {
                return Err(self.expected(word));
            }
        }
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    #[cold]
    fn expected(&self, expected: &'static str) -> Failure {
        let found = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        self.failure(match found {
            Some(found) => MalformedKind::Unexpected { expected, found },
            None => MalformedKind::UnexpectedEnd,
        })
    }

    #[cold]
    fn end(&self) -> Failure {
        Failure::new(self.bytes.len(), MalformedKind::UnexpectedEnd)
    }

    #[cold]
    fn failure(&self, kind: MalformedKind) -> Failure {
        Failure::new(self.at, kind)
    }
}
