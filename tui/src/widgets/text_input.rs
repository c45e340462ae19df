//! A single-line text input.

use crossterm::event::KeyCode;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::terminal::key::Key;

/// A text with a cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TextInput {
    text: String,
    /// The cursor as a byte offset, always on a grapheme cluster boundary.
    at: usize,
}

impl TextInput {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { at: text.len(), text }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text before the cursor.
    pub(crate) fn before(&self) -> &str {
        &self.text[..self.at]
    }

    /// Returns the text after the cursor.
    pub(crate) fn after(&self) -> &str {
        &self.text[self.at..]
    }

    /// Inserts a text at the cursor, without line breaks and other control characters.
    pub(crate) fn insert(&mut self, text: &str) {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        self.text.insert_str(self.at, &text);
        self.at += text.len();
    }

    /// Handles a key; returns whether it was an editing key.
    pub(crate) fn key(&mut self, key: Key) -> bool {
        if let Some(c) = key.typed() {
            self.insert(c.encode_utf8(&mut [0; 4]));
            return true;
        }
        match key.code() {
            KeyCode::Backspace => self.remove(self.previous(), self.at),
            KeyCode::Delete => self.remove(self.at, self.next()),
            KeyCode::Left => self.at = self.previous(),
            KeyCode::Right => self.at = self.next(),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = self.text.len(),
            _ if key.is_ctrl('a') => self.at = 0,
            _ if key.is_ctrl('e') => self.at = self.text.len(),
            _ if key.is_ctrl('u') => self.remove(0, self.at),
            _ if key.is_ctrl('w') => self.remove(self.word(), self.at),
            _ => return false,
        }
        true
    }

    fn remove(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.at = from;
    }

    fn previous(&self) -> usize {
        self.before().grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn next(&self) -> usize {
        self.at + self.after().graphemes(true).next().map_or(0, str::len)
    }

    /// Returns the start of the word before the cursor.
    fn word(&self) -> usize {
        let before = self.before().trim_end();
        before.rfind(char::is_whitespace).map_or(0, |at| before.ceil_char_boundary(at + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[&str]) -> String {
        let mut line = TextInput::default();
        for key in keys {
            line.key(key.parse().unwrap());
        }
        format!("{}|{}", line.before(), line.after())
    }

    #[test]
    fn keys_edit_whole_grapheme_clusters() {
        assert_eq!(typed(&["a", "b", "left", "c"]), "ac|b");
        assert_eq!(typed(&["e", "\u{301}", "backspace"]), "|");
        assert_eq!(typed(&["名", "前", "left", "delete"]), "名|");
        assert_eq!(typed(&["a", "space", "b", "c", "ctrl-w"]), "a |");
        assert_eq!(typed(&["a", "b", "home", "delete", "end", "x"]), "bx|");
        assert_eq!(typed(&["a", "b", "left", "ctrl-u"]), "|b");
    }

    #[test]
    fn pasted_line_breaks_are_removed() {
        let mut line = TextInput::new("a");
        line.insert("b\r\nc\u{1b}[2J");
        assert_eq!(line.text(), "abc[2J");
    }
}
