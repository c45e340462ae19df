//! The console as sentences, for screen readers and for terminals that only print lines.
//!
//! Screens and overlays write their sentences to a [`Speech`]; a [`Speaker`] says the new ones. The words
//! are those of the screen, from the same functions. A screen that is left and come back to is said again.

use unicode_segmentation::UnicodeSegmentation as _;
use vitae_sdk::Timestamp;

use crate::client::error::ConsoleError;
use crate::widgets::resume_view::StyledLine;

/// The topic of a sentence: a new sentence replaces the previous one with the same topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// The logged-in person and the server.
    Who,
    /// The keys for help.
    Hint,
    /// The screen or overlay: if it changes, everything is spoken again.
    Place,
    /// Details of the screen.
    About(usize),
    Extent,
    /// A line of a long text.
    Text(usize),
    Row,
    Choice,
    /// An input field.
    Field(&'static str),
    /// The error of a field.
    Fault(usize),
    Keys,
    Status,
}

/// A sentence, escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentence {
    topic: Topic,
    text: String,
    /// The text after the cursor, in an input field.
    behind: String,
    /// The time of a notice and the length of the log, so that a repeated equal notice counts as new.
    at: Option<(Timestamp, usize)>,
}

/// Selects the sentences that are new.
#[derive(Debug, Default)]
pub(crate) struct Speaker {
    before: Vec<Sentence>,
}

impl Speaker {
    /// Returns the lines that are new since the last call.
    pub(crate) fn changes(&mut self, now: Vec<Sentence>) -> Vec<String> {
        let mut lines = Vec::new();
        let mut is_elsewhere = false;
        for sentence in &now {
            is_elsewhere |= sentence.topic == Topic::Place && !self.before.contains(sentence);
            // The account is not repeated on another screen.
            let is_known = self.before.contains(sentence);
            if is_known
                && (!is_elsewhere || matches!(sentence.topic, Topic::Who | Topic::Hint | Topic::Status))
            {
                continue;
            }
            let same = self.before.iter().find(|before| before.topic == sentence.topic);
            lines.extend(sentence.after(same.filter(|_| !is_elsewhere)));
        }
        self.before = now;
        lines
    }
}

impl Sentence {
    /// Returns the text to speak, given the previous sentence with the same topic.
    pub(crate) fn after(&self, before: Option<&Self>) -> Option<String> {
        let Topic::Field(label) = self.topic else { return Some(self.text.clone()) };
        let whole = || match format!("{}{}", self.text, self.behind).as_str() {
            "" => format!("{label}: empty"),
            text => format!("{label}: {text}"),
        };
        let Some(before) = before else { return Some(whole()) };
        let (was, is) = (before.text.as_str(), self.text.as_str());
        if was == is && before.behind == self.behind {
            return None;
        }
        // A cursor movement speaks the character under the cursor; typing speaks the typed text.
        if format!("{was}{}", before.behind) == format!("{is}{}", self.behind) {
            return Some(self.behind.graphemes(true).next().unwrap_or("end").to_owned());
        }
        if before.behind == self.behind {
            if let Some(typed) = is.strip_prefix(was) {
                return Some(typed.to_owned());
            }
            if let Some(gone) = was.strip_prefix(is).filter(|gone| gone.graphemes(true).count() == 1) {
                return Some(format!("deleted: {gone}"));
            }
        }
        Some(whole())
    }
}

/// A list of sentences under construction.
#[derive(Debug, Default)]
pub(crate) struct Speech(Vec<Sentence>);

impl Speech {
    pub(crate) fn say(&mut self, topic: Topic, text: impl Into<String>) {
        let text = linear(&text.into());
        if !text.is_empty() {
            self.0.push(Sentence { topic, text, behind: String::new(), at: None });
        }
    }

    /// An error: what happened, what to do next, and the id of the request.
    pub(crate) fn error(&mut self, error: &ConsoleError) {
        let mut words = vec![format!("{}: {}", error.headline(), error.what)];
        words.extend(error.next.clone());
        words.extend(error.request_id.as_ref().map(|id| format!("request {id}")));
        self.say(Topic::About(1), words.join(", "));
    }

    /// Returns the sentences in the order in which they were said.
    pub(crate) fn finish(self) -> Vec<Sentence> {
        self.0
    }

    pub(crate) fn say_at(&mut self, topic: Topic, text: &str, at: Option<(Timestamp, usize)>) {
        self.0.push(Sentence { topic, text: linear(text), behind: String::new(), at });
    }

    /// Adds an input field with the text before and after the cursor.
    pub(crate) fn field(&mut self, label: &'static str, before: &str, behind: &str) {
        let (text, behind) = (crate::terminal::text::escaped(before), crate::terminal::text::escaped(behind));
        self.0.push(Sentence { topic: Topic::Field(label), text, behind, at: None });
    }

    /// Adds lines, each with its own topic.
    pub(crate) fn lines(&mut self, topic: impl Fn(usize) -> Topic, lines: &[StyledLine]) {
        for (at, line) in lines.iter().enumerate() {
            self.say(topic(at), plain(line));
        }
    }

    /// Adds the lines of a long text that a screen of this height would show.
    pub(crate) fn text(&mut self, lines: &[StyledLine], scroll: usize, height: usize) {
        for (at, line) in lines.iter().enumerate().skip(scroll).take(height.max(1)) {
            self.say(Topic::Text(at), plain(line));
        }
    }
}

/// Returns a line without styles.
pub(crate) fn plain(line: &StyledLine) -> String {
    line.iter().map(|(_, text)| text.as_str()).collect()
}

/// Returns a text without decorative characters.
fn linear(text: &str) -> String {
    let words = text.replace(" · ", ", ").replace(" …", "").replace(['‹', '›'], "");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn field(before: &str, behind: &str) -> Vec<Sentence> {
        let mut speech = Speech::default();
        speech.say(Topic::Place, "Log in");
        speech.field("E-mail", before, behind);
        speech.0
    }

    #[test]
    pub(crate) fn field_says_typed_and_deleted_text_and_the_cursor() {
        let mut speaker = Speaker::default();
        assert_eq!(speaker.changes(field("", "")), ["Log in", "E-mail: empty"]);
        assert_eq!(speaker.changes(field("a", "")), ["a"]);
        assert_eq!(speaker.changes(field("ada", "")), ["da"]);
        assert_eq!(speaker.changes(field("ad", "")), ["deleted: a"]);
        assert_eq!(speaker.changes(field("a", "d")), ["d"]);
        assert_eq!(speaker.changes(field("ad", "")), ["end"]);
        assert_eq!(speaker.changes(field("ad", "")), [""; 0]);
        assert_eq!(speaker.changes(field("grace", "")), ["E-mail: grace"]);
    }

    #[test]
    pub(crate) fn screen_is_spoken_again_on_return() {
        let mut speaker = Speaker::default();
        let place = |name: &str| {
            let mut speech = Speech::default();
            speech.say(Topic::Who, "Ada");
            speech.say(Topic::Place, name);
            speech.say(Topic::Row, "1 of 1");
            speech.0
        };
        assert_eq!(speaker.changes(place("People")), ["Ada", "People", "1 of 1"]);
        assert_eq!(speaker.changes(place("People")), [""; 0]);
        assert_eq!(speaker.changes(place("Help")), ["Help", "1 of 1"]);
        assert_eq!(speaker.changes(place("People")), ["People", "1 of 1"]);
    }
}
