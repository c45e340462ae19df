//! A form over the screen: fields that are typed into, a look at what saving would change, the saving.

use vitae_contracts_document::LineColumn;
use vitae_sdk::SecretString;
use vitae_sdk_workspace::{Base, Conflict, Draft, Kind, ObjectId, document};

use super::form_fields::{self, Field, Input};
use crate::client::error::ConsoleError;
use crate::client::request::Save;
use crate::client::ticket::Ticket;
use crate::overlays::Secret;
use crate::persistence::undo::{Direction, Origin};
use crate::terminal::text::escaped;
use crate::widgets::text_input::TextInput;

/// A draft that is being edited.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) draft: Draft,
    pub(crate) entries: Vec<Entry>,
    /// Which entry is typed into.
    pub(crate) at: usize,
    pub(crate) stage: Stage,
    /// How far the review is scrolled.
    pub(crate) scroll: usize,
    pub(crate) error: Option<ConsoleError>,
    /// A note above the fields.
    pub(crate) note: Option<String>,
    /// Parts that another user changed as well.
    pub(crate) conflicts: Vec<Conflict>,
    /// Whether what is on disk is older than what was typed.
    pub(crate) is_unkept: bool,
    /// The step of the history that saving carries out.
    pub(crate) origin: Option<Origin>,
    /// Whether nothing else can be done before it is saved: leaving it quits the console.
    pub(crate) is_required: bool,
}

/// One field with what is typed.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) field: &'static Field,
    pub(crate) typed: Typed,
    pub(crate) fault: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum Typed {
    Line(TextInput),
    Hidden(Secret),
}

/// How far a form is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    Typing,
    /// The document is in the person's own editor.
    Editing(Ticket),
    /// The problems of the document.
    Faulty(Vec<Faulty>),
    Review,
    Saving(Ticket),
    /// Somebody else was faster: what they made of it is on its way.
    Overtaken(Ticket),
}

/// A fault of the document on its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Faulty {
    pub(crate) spot: LineColumn,
    /// Safe to show.
    pub(crate) message: String,
}

impl Form {
    pub(crate) fn new(draft: Draft) -> Self {
        let mut form = Self {
            entries: Vec::new(),
            at: 0,
            stage: Stage::Typing,
            scroll: 0,
            error: None,
            note: None,
            conflicts: Vec::new(),
            is_unkept: false,
            origin: None,
            is_required: false,
            draft,
        };
        form.fill();
        form
    }

    /// Shows in every field what the draft says; what is hidden stays as it was typed.
    pub(crate) fn fill(&mut self) {
        let before = std::mem::take(&mut self.entries);
        let mut hidden = before.into_iter().filter(|entry| matches!(entry.typed, Typed::Hidden(_)));
        let draft = &self.draft;
        self.entries = form_fields::fields(draft.kind)
            .iter()
            .map(|field| match field.input {
                Input::Hidden => hidden.next().unwrap_or_else(|| Entry::hidden(field)),
                input => Entry { field, typed: Typed::Line(TextInput::new(input.text(draft))), fault: None },
            })
            .collect();
    }

    pub(crate) fn entry(&self) -> &Entry {
        &self.entries[self.at]
    }

    /// Takes over what was typed into the field.
    pub(crate) fn typed(&mut self) {
        let entry = &mut self.entries[self.at];
        entry.fault = None;
        if let Typed::Line(line) = &entry.typed {
            entry.field.input.set(&mut self.draft, line.text());
            self.is_unkept = true;
        }
        self.error = None;
    }

    /// Selects another of the values that the field offers.
    pub(crate) fn select(&mut self, step: isize) {
        let entry = &mut self.entries[self.at];
        let (Typed::Line(line), Input::Choice(_, choices)) = (&mut entry.typed, entry.field.input) else {
            return;
        };
        let at = choices.iter().position(|choice| *choice == line.text()).unwrap_or_default();
        let next = (at.cast_signed() + step).rem_euclid(choices.len().cast_signed()).cast_unsigned();
        *line = TextInput::new(choices[next]);
        self.typed();
    }

    /// Checks the field that is left.
    pub(crate) fn check_one(&mut self) {
        let fault = self.fault_of(self.at);
        self.entries[self.at].fault = fault;
    }

    /// Checks every field; goes to the first one that is at fault.
    pub(crate) fn check_all(&mut self) -> bool {
        for at in 0..self.entries.len() {
            self.entries[at].fault = self.fault_of(at);
        }
        match self.entries.iter().position(|entry| entry.fault.is_some()) {
            Some(first) => {
                self.at = first;
                false
            }
            None => true,
        }
    }

    fn fault_of(&self, at: usize) -> Option<String> {
        let entry = &self.entries[at];
        let is_again = entry.field.pointer.is_empty();
        match &entry.typed {
            Typed::Hidden(secret) if is_again => {
                let first = self.entries[..at].iter().rev().find_map(|entry| match &entry.typed {
                    Typed::Hidden(first) => Some(first),
                    Typed::Line(_) => None,
                });
                let is_same = first.is_none_or(|first| first.is_same(secret));
                (!is_same).then(|| "the passwords do not match".to_owned())
            }
            Typed::Hidden(secret) => secret.check(entry.field.check),
            Typed::Line(line) => (entry.field.check)(line.text()).err().map(|why| escaped(&why)),
        }
    }

    /// Returns every problem of the document.
    pub(crate) fn problems_of_document(&self) -> Vec<Faulty> {
        let problems = document::problems(self.draft.document()).into_iter();
        let shown = problems.map(|problem| {
            let message = match problem.pointer {
                Some(pointer) => format!("{pointer}: {}", problem.message),
                None => problem.message,
            };
            Faulty { spot: problem.position, message: escaped(&message) }
        });
        shown.collect()
    }

    /// Puts faults that the server found where they stand; tells those of the document.
    pub(crate) fn place(&mut self, error: &ConsoleError) -> Vec<Faulty> {
        let mut of_document = Vec::new();
        for (pointer, message) in &error.faults {
            let within = pointer.strip_prefix("/document");
            let is_of = |entry: &Entry| {
                !entry.field.pointer.is_empty()
                    && pointer.starts_with(&entry.field.pointer)
                    && within.is_none()
            };
            if let Some(entry) = self.entries.iter_mut().find(|entry| is_of(entry)) {
                entry.fault = Some(message.clone());
            } else if let Some(within) = within
                && let Some(spot) = document::position(self.draft.document(), within)
            {
                of_document.push(Faulty { spot, message: format!("{}: {message}", escaped(within)) });
            }
        }
        if let Some(first) = self.entries.iter().position(|entry| entry.fault.is_some()) {
            self.at = first;
        }
        of_document
    }

    /// Returns the request that saves the draft.
    pub(crate) fn save(&self) -> Save {
        let Draft { kind, key, owner, base, values, .. } = self.draft.clone();
        match (kind, base) {
            (Kind::Person, Some(Base { id: ObjectId::User(id), version, values: before })) => {
                Save::Person { id, version, before, values }
            }
            (Kind::Resume, Some(Base { id: ObjectId::Resume(id), version, .. })) => {
                Save::Resume { id, version, values }
            }
            (Kind::NewResume, _) => Save::NewResume { key, owner, values },
            (Kind::Password, _) => Save::Password { of: owner, password: self.secret(0) },
            (Kind::OwnPassword, _) => Save::OwnPassword { current: self.secret(0), new: self.secret(1) },
            (Kind::NewPerson | Kind::Person | Kind::Resume, _) => {
                Save::NewPerson { key, values, password: Some(self.secret(0)).filter(|_| self.has_secret()) }
            }
        }
    }

    fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.entries.iter().filter_map(|entry| match &entry.typed {
            Typed::Hidden(secret) => Some(secret),
            Typed::Line(_) => None,
        })
    }

    fn secret(&self, number: usize) -> SecretString {
        self.secrets().nth(number).map(Secret::value).unwrap_or_default()
    }

    fn has_secret(&self) -> bool {
        self.secrets().any(|secret| !secret.is_empty())
    }

    /// Returns the title.
    pub(crate) fn title(&self) -> String {
        let name = &self.draft.name;
        match (self.draft.kind, &self.origin) {
            (_, Some(origin)) if origin.direction == Direction::Redo => {
                format!("Redo the change of “{name}”")
            }
            (_, Some(_)) => format!("Undo the change of “{name}”"),
            (Kind::NewPerson, _) => "New person".to_owned(),
            (Kind::NewResume, _) if name.is_empty() => "New resume".to_owned(),
            (Kind::NewResume, _) => format!("New resume of {name}"),
            (Kind::Person | Kind::Resume, _) => format!("Edit “{name}”"),
            (Kind::Password, _) => format!("Password of {name}"),
            (Kind::OwnPassword, _) => "Your own password".to_owned(),
        }
    }
}

impl Entry {
    fn hidden(field: &'static Field) -> Self {
        Self { field, typed: Typed::Hidden(Secret::default()), fault: None }
    }

    /// The line that keys go to, if this entry takes them.
    pub(crate) fn line_mut(&mut self) -> Option<&mut TextInput> {
        match (&mut self.typed, self.field.input) {
            (_, Input::Document | Input::Choice(..)) => None,
            (Typed::Line(line), _) => Some(line),
            (Typed::Hidden(secret), _) => Some(secret.line_mut()),
        }
    }
}
