//! Overlays: dialogs over the screen that take the keys.

pub(crate) mod announce;
pub(crate) mod form;
pub(crate) mod form_fields;
pub(crate) mod form_view;
pub(crate) mod view;

use vitae_sdk::SecretString;

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Matcher, Utf32Str};

use crate::app::action::{ACTIONS, Action, Entry};
use crate::client::error::ConsoleError;
use crate::client::operation::Plan;
use crate::overlays::form::Form;
use crate::persistence::undo::Origin;
use crate::widgets::text_input::TextInput;

/// A dialog above the screen, which takes the keys.
#[derive(Debug, Clone)]
pub(crate) enum Overlay {
    Login(Box<LoginForm>),
    Palette(Picker),
    Jump(Picker),
    /// The first visible line.
    Help(usize),
    /// The number of the column under the cursor.
    Columns(usize),
    /// The question before a bulk operation.
    Confirm(Box<Confirm>),
    /// A person, a resume or a password that is edited.
    Form(Box<Form>),
    /// The number of the draft under the cursor.
    Drafts(usize),
    /// The question before the draft with this number is discarded.
    Discard(usize),
    /// The question before quitting during a bulk operation.
    Quit,
}

/// The overlay that takes the keys, and the overlays below it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overlays {
    pub(crate) current: Option<Overlay>,
    /// The overlays suspended by the login dialog or by a question, topmost last.
    pub(crate) suspended: Vec<Overlay>,
}

impl Overlays {
    /// Shows an overlay above the current one, which is suspended.
    pub(crate) fn push(&mut self, overlay: Overlay) {
        self.suspended.extend(self.current.replace(overlay));
    }

    /// Closes the current overlay; the one below it continues.
    pub(crate) fn pop(&mut self) {
        self.current = self.suspended.pop();
    }
}

/// A question before something is changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Confirm {
    pub(crate) plan: Plan,
    /// The text that a protected profile asks for.
    pub(crate) typed: TextInput,
    pub(crate) origin: Origin,
}

/// Something to choose from by typing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Picker {
    pub(crate) typed: TextInput,
    pub(crate) chosen: usize,
}

/// Server, e-mail, password.
#[derive(Debug, Clone, Default)]
pub(crate) struct LoginForm {
    pub(crate) server: TextInput,
    pub(crate) email: TextInput,
    pub(crate) password: Secret,
    /// Which of the three is typed into.
    pub(crate) field: usize,
    /// Whether a login is under way.
    pub(crate) is_waiting: bool,
    pub(crate) error: Option<ConsoleError>,
    /// Why it is shown.
    pub(crate) reason: Option<String>,
}

/// A password while it is typed; shown as dots, and never in `Debug`.
#[derive(Clone, Default)]
pub(crate) struct Secret(TextInput);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    pub(crate) fn line_mut(&mut self) -> &mut TextInput {
        &mut self.0
    }

    /// A dot for every character.
    pub(crate) fn dots(&self) -> String {
        "•".repeat(self.0.text().chars().count())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.text().is_empty()
    }

    /// The problem, which never shows the text itself.
    pub(crate) fn check(&self, check: fn(&str) -> Result<(), String>) -> Option<String> {
        check(self.0.text()).err()
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.0.text() == other.0.text()
    }

    /// The password itself.
    pub(crate) fn value(&self) -> SecretString {
        self.0.text().into()
    }

    /// The password itself, which is forgotten here.
    pub(crate) fn take(&mut self) -> SecretString {
        std::mem::take(&mut self.0).text().into()
    }
}

impl LoginForm {
    /// The number of the field that is a secret.
    pub(crate) const PASSWORD: usize = 2;

    pub(crate) fn new(server: &str, email: &str, reason: Option<String>) -> Self {
        let field = match (server.is_empty(), email.is_empty()) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        };
        Self {
            server: TextInput::new(server),
            email: TextInput::new(email),
            field,
            reason,
            ..Self::default()
        }
    }

    /// The line that is typed into.
    pub(crate) fn line_mut(&mut self) -> &mut TextInput {
        match self.field {
            0 => &mut self.server,
            1 => &mut self.email,
            _ => self.password.line_mut(),
        }
    }
}

impl Picker {
    /// Returns the matching actions: exact names first, then beginnings of names, then of words, then other matches.
    pub(crate) fn actions(&self, is_there: impl Fn(Action) -> bool) -> Vec<Action> {
        let typed = self.typed.text();
        let pattern = Pattern::new(typed, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
        let (mut matcher, mut letters) = (Matcher::default(), Vec::new());
        let mut score = |text| pattern.score(Utf32Str::new(text, &mut letters), &mut matcher);
        let there = ACTIONS.iter().filter(|entry| is_there(entry.action));
        let mut found: Vec<_> = there
            .filter_map(|entry| {
                let words = score(entry.words);
                let name = score(entry.name);
                Some((closeness(&typed.to_lowercase(), entry), words.max(name)?, entry.action))
            })
            .collect();
        found.sort_by_key(|(closeness, score, _)| std::cmp::Reverse((*closeness, *score)));
        found.into_iter().map(|(_, _, action)| action).collect()
    }

    /// Moves the choice among so many.
    pub(crate) fn choose(&mut self, lines: isize, of: usize) {
        self.chosen = self.chosen.saturating_add_signed(lines).min(of.saturating_sub(1));
    }
}

/// Ranks a match of the typed text, in lower case: the name is 3, its beginning 2, the beginning of a word 1.
fn closeness(typed: &str, entry: &Entry) -> u8 {
    if entry.name == typed {
        3
    } else if entry.name.starts_with(typed) {
        2
    } else {
        u8::from(entry.words.to_lowercase().split(' ').any(|word| word.starts_with(typed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn palette_ranks_exact_words_then_prefixes_then_scattered_letters() {
        let found = |typed: &str| {
            let picker = Picker { typed: TextInput::new(typed), ..Picker::default() };
            picker.actions(|_| true)
        };
        for (typed, first) in [
            ("undo", Action::Undo),
            ("redo", Action::Redo),
            // "deleted-people" begins with it, too.
            ("delete", Action::Delete),
            ("quit", Action::Quit),
            ("sort", Action::Sort),
            ("health", Action::Health),
            ("columns", Action::Columns),
            ("und", Action::Undo),
            ("cmd", Action::CopyCommand),
            ("QUIT", Action::Quit),
        ] {
            assert_eq!(found(typed).first(), Some(&first), "{typed}: {:?}", found(typed));
        }
        let reverse = found("rev");
        assert!(reverse[..2].contains(&Action::Reverse) && reverse[..2].contains(&Action::Revisions));
        assert_eq!(found("").len(), ACTIONS.len());
        assert!(found("xyzzy").is_empty());
    }
}
