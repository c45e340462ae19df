//! The console as sentences, for those who listen to it and for terminals that only print lines.
//!
//! Screens and overlays write their sentences to a [`Speech`]; a [`Speaker`] says the new ones. The words
//! are those of the screen, from the same functions. A screen that is left and come back to is said again.

use unicode_segmentation::UnicodeSegmentation as _;
use vitae_sdk::Timestamp;

use crate::client::error::ConsoleError;
use crate::widgets::resume_view::StyledLine;

/// What a sentence is about: a new sentence about it takes the place of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// Who is logged in where.
    Who,
    /// How to find out more.
    Hint,
    /// The screen, or what lies over it: with another one everything is said anew.
    Place,
    /// More about the place.
    About(usize),
    Extent,
    /// A line of a long text.
    Text(usize),
    Row,
    Choice,
    /// A field that is typed into.
    Field(&'static str),
    /// What is wrong with that field.
    Fault(usize),
    Keys,
    Status,
}

/// Something to be said, safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentence {
    topic: Topic,
    text: String,
    /// What stands behind the cursor, in a field.
    behind: String,
    /// When it was said, and after how much: of two equal notices the second one is news, too.
    at: Option<(Timestamp, usize)>,
}

/// Says what is new.
#[derive(Debug, Default)]
pub(crate) struct Speaker {
    before: Vec<Sentence>,
}

impl Speaker {
    /// The lines to say after what was said before.
    pub(crate) fn news(&mut self, now: Vec<Sentence>) -> Vec<String> {
        let mut lines = Vec::new();
        let mut is_elsewhere = false;
        for sentence in &now {
            is_elsewhere |= sentence.topic == Topic::Place && !self.before.contains(sentence);
            // Who one is does not change with the place.
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
    /// How it is said after what was said about the same.
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
        // Whoever moves hears what the cursor is on; whoever types hears what is typed.
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

/// Sentences while they are made.
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

    /// A field with what stands before its cursor and behind it.
    pub(crate) fn field(&mut self, label: &'static str, before: &str, behind: &str) {
        let (text, behind) = (crate::terminal::text::escaped(before), crate::terminal::text::escaped(behind));
        self.0.push(Sentence { topic: Topic::Field(label), text, behind, at: None });
    }

    /// Lines, each about something of its own.
    pub(crate) fn lines(&mut self, topic: impl Fn(usize) -> Topic, lines: &[StyledLine]) {
        for (at, line) in lines.iter().enumerate() {
            self.say(topic(at), plain(line));
        }
    }

    /// The lines of a long text that a screen of this height would show.
    pub(crate) fn text(&mut self, lines: &[StyledLine], scroll: usize, height: usize) {
        for (at, line) in lines.iter().enumerate().skip(scroll).take(height.max(1)) {
            self.say(Topic::Text(at), plain(line));
        }
    }
}

/// A line without its inks.
pub(crate) fn plain(line: &StyledLine) -> String {
    line.iter().map(|(_, text)| text.as_str()).collect()
}

/// A text without what only the eye needs.
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
    pub(crate) fn a_field_says_what_is_typed_what_goes_and_where_the_cursor_is() {
        let mut speaker = Speaker::default();
        assert_eq!(speaker.news(field("", "")), ["Log in", "E-mail: empty"]);
        assert_eq!(speaker.news(field("a", "")), ["a"]);
        assert_eq!(speaker.news(field("ada", "")), ["da"]);
        assert_eq!(speaker.news(field("ad", "")), ["deleted: a"]);
        assert_eq!(speaker.news(field("a", "d")), ["d"]);
        assert_eq!(speaker.news(field("ad", "")), ["end"]);
        assert_eq!(speaker.news(field("ad", "")), [""; 0]);
        assert_eq!(speaker.news(field("grace", "")), ["E-mail: grace"]);
    }

    #[test]
    pub(crate) fn what_is_come_back_to_is_said_again() {
        let mut speaker = Speaker::default();
        let place = |name: &str| {
            let mut speech = Speech::default();
            speech.say(Topic::Who, "Ada");
            speech.say(Topic::Place, name);
            speech.say(Topic::Row, "1 of 1");
            speech.0
        };
        assert_eq!(speaker.news(place("People")), ["Ada", "People", "1 of 1"]);
        assert_eq!(speaker.news(place("People")), [""; 0]);
        assert_eq!(speaker.news(place("Help")), ["Help", "1 of 1"]);
        assert_eq!(speaker.news(place("People")), ["People", "1 of 1"]);
    }
}
