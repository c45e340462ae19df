//! What somebody is writing: the texts, what they were before, and how another's change comes in.

use serde::{Deserialize, Serialize};
use vitae_contracts_core::limits::check_tag;
use vitae_contracts_core::{Timestamp, Untrusted};
use vitae_contracts_document::{Scanned, diff, merge_patch, pretty, rebase, scan, title_of, view};
use vitae_sdk::{Resume, Role, User, UserId};

use crate::client::row::RowId;
use crate::persistence::fields::Input;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    NewPerson,
    Person,
    NewResume,
    Resume,
    /// The password of somebody else.
    Password,
    OwnPassword,
}

/// Numbers of the texts of people and of resumes.
pub(crate) const NAME: usize = 0;
pub(crate) const EMAIL: usize = 1;
pub(crate) const ROLE: usize = 2;
pub(crate) const TITLE: usize = 0;
pub(crate) const LABELS: usize = 1;
pub(crate) const DOCUMENT: usize = 2;

/// Texts by their number.
pub(crate) type Texts = Vec<String>;

/// An object as it was before anything was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Base {
    pub(crate) id: RowId,
    pub(crate) version: u64,
    pub(crate) texts: Texts,
}

/// Something that is written and not saved yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Draft {
    /// Names it on disk, and names its saving at the server: done twice, it happens once.
    pub(crate) key: String,
    pub(crate) at: Timestamp,
    pub(crate) kind: Kind,
    /// What people call the object, safe to show.
    pub(crate) name: String,
    /// Whose a new resume is; whose password it is.
    pub(crate) owner: Option<UserId>,
    /// None for a new object.
    pub(crate) base: Option<Base>,
    pub(crate) texts: Texts,
}

/// A part that two people changed differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// The number of the text.
    pub(crate) text: usize,
    /// Where in the document, if it is that.
    pub(crate) pointer: String,
    /// What somebody else made of it.
    pub(crate) theirs: String,
}

/// One part that saving would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) what: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl Kind {
    /// Whether there is anything in it that may lie on a disk.
    pub(crate) fn is_kept(self) -> bool {
        !matches!(self, Self::Password | Self::OwnPassword)
    }

    /// How many texts it has.
    pub(crate) fn texts(self) -> usize {
        self.names().len()
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Self::NewPerson | Self::Person => &["name", "e-mail", "role"],
            Self::NewResume | Self::Resume => &["title", "tags", "document"],
            Self::Password | Self::OwnPassword => &[],
        }
    }
}

impl Base {
    pub(crate) fn of_user(user: &User) -> Self {
        let texts = vec![
            user.name.as_str().to_owned(),
            user.email.as_str().to_owned(),
            user.role.as_str().to_owned(),
        ];
        Self { id: RowId::User(user.id), version: user.version, texts }
    }

    pub(crate) fn of_resume(resume: &Resume) -> Self {
        let texts =
            vec![resume.title.as_str().to_owned(), joined(&resume.tags), resume.document.get().to_owned()];
        Self { id: RowId::Resume(resume.id), version: resume.revision, texts }
    }
}

/// Tags as they are typed.
pub(crate) fn joined(tags: &[Untrusted]) -> String {
    tags.iter().map(Untrusted::as_str).collect::<Vec<_>>().join(", ")
}

/// Typed tags one by one, as the server keeps them.
pub(crate) fn tags_of(text: &str) -> Vec<String> {
    let typed = text.split(',').map(str::trim).filter(|tag| !tag.is_empty());
    let mut tags: Vec<String> = typed.map(|tag| check_tag(tag).unwrap_or_else(|_| tag.to_owned())).collect();
    tags.sort();
    tags.dedup();
    tags
}

impl Draft {
    /// Begins to write on what an object is.
    pub(crate) fn on(kind: Kind, key: String, at: Timestamp, name: String, base: Base) -> Self {
        let mut texts = base.texts.clone();
        // A document of one line is laid out for the person; any other keeps its layout.
        if let Some(document) = texts.get_mut(DOCUMENT).filter(|_| kind == Kind::Resume) {
            *document = laid_out(document);
        }
        Self { key, at, kind, name, owner: None, base: Some(base), texts }
    }

    /// Begins to write something new.
    pub(crate) fn new(kind: Kind, key: String, at: Timestamp, owner: Option<(UserId, String)>) -> Self {
        let (owner, name) = owner.unzip();
        let name = name.unwrap_or_default();
        let texts = match kind {
            Kind::NewPerson => vec![String::new(), String::new(), Role::Member.as_str().to_owned()],
            Kind::NewResume => vec![String::new(), String::new(), template(&name)],
            _ => Texts::new(),
        };
        Self { key, at, kind, name, owner, base: None, texts }
    }

    /// The text of a field that is no secret.
    pub(crate) fn text_of(&self, input: Input) -> String {
        match input {
            Input::Line(number) | Input::Role(number) => self.texts.get(number).cloned().unwrap_or_default(),
            Input::Basics(key) => {
                let document = self.document();
                let scanned = scan(document.as_bytes()).ok();
                let value =
                    scanned.and_then(|scanned| Some(scanned.get("basics")?.get(key)?.as_str()?.into_owned()));
                value.unwrap_or_default()
            }
            Input::Document => self.document().to_owned(),
            Input::Hidden => String::new(),
        }
    }

    /// Takes over what was typed into a field.
    pub(crate) fn set(&mut self, input: Input, text: &str) {
        match input {
            Input::Line(number) | Input::Role(number) => {
                if let Some(known) = self.texts.get_mut(number) {
                    text.clone_into(known);
                }
            }
            Input::Basics(key) => {
                if let Some(changed) = with_basics(self.document(), key, text) {
                    self.texts[DOCUMENT] = changed;
                }
            }
            Input::Document | Input::Hidden => {}
        }
    }

    pub(crate) fn document(&self) -> &str {
        self.texts.get(DOCUMENT).map_or("", String::as_str)
    }

    /// Whether saving would change anything; a new object always does.
    pub(crate) fn says_something(&self) -> bool {
        match &self.base {
            Some(_) => !self.changes().is_empty(),
            None => true,
        }
    }

    /// Whether anybody would miss it.
    pub(crate) fn is_worth_keeping(&self) -> bool {
        match &self.base {
            Some(base) => self.kind.is_kept() && self.texts != base.texts && !self.changes().is_empty(),
            None => {
                let new =
                    Self::new(self.kind, String::new(), self.at, self.owner.map(|o| (o, self.name.clone())));
                self.kind.is_kept() && self.texts != new.texts
            }
        }
    }

    /// What saving would change, part by part.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (number, what) in self.kind.names().iter().enumerate() {
            let before = self.base.as_ref().map(|base| base.texts[number].as_str());
            let after = self.texts[number].as_str();
            if is_document(self.kind, number) && before.is_some() {
                changes.extend(document_changes(before.unwrap_or_default(), after));
            } else if !is_same(self.kind, number, before.unwrap_or_default(), after) {
                let after = if is_document(self.kind, number) { summary(after) } else { after.to_owned() };
                let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
                changes.push(Change {
                    what: (*what).to_owned(),
                    before: before.and_then(part),
                    after: part(&after),
                });
            }
        }
        changes
    }

    /// Goes on from what somebody else has made of the object: what they changed comes in, what was
    /// written here stays.
    pub(crate) fn rebase(&mut self, theirs: &Base) -> Vec<Conflict> {
        let Some(base) = self.base.replace(theirs.clone()) else { return Vec::new() };
        let mut conflicts = Vec::new();
        for number in 0..self.texts.len() {
            let (before, other) = (&base.texts[number], &theirs.texts[number]);
            let ours = &self.texts[number];
            let same = |one: &str, two: &str| is_same(self.kind, number, one, two);
            if same(before, other) || same(ours, other) {
                continue;
            }
            if same(before, ours) {
                let is_document = is_document(self.kind, number);
                self.texts[number] = if is_document { laid_out(other) } else { other.clone() };
            } else if is_document(self.kind, number) {
                let (text, found) = merged(before, ours, other);
                self.texts[number] = text;
                conflicts.extend(found.into_iter().map(|(pointer, theirs)| Conflict {
                    text: number,
                    pointer,
                    theirs,
                }));
            } else if self.kind == Kind::Resume && number == LABELS {
                self.texts[number] = merged_tags(before, ours, other);
            } else {
                conflicts.push(Conflict { text: number, pointer: String::new(), theirs: other.clone() });
            }
        }
        conflicts
    }

    /// A title for a resume that has none yet, from its document.
    pub(crate) fn suggested_title(&self) -> Option<String> {
        let scanned = scan(self.document().as_bytes()).ok()?;
        title_of(&view::Document::new(&scanned))
    }
}

fn is_document(kind: Kind, number: usize) -> bool {
    matches!(kind, Kind::Resume | Kind::NewResume) && number == DOCUMENT
}

fn is_same(kind: Kind, number: usize, one: &str, two: &str) -> bool {
    if one == two {
        return true;
    }
    if is_document(kind, number) {
        return match (scan(one.as_bytes()), scan(two.as_bytes())) {
            (Ok(one), Ok(two)) => diff(&one, &two).is_empty(),
            _ => false,
        };
    }
    let is_tags = matches!(kind, Kind::Resume | Kind::NewResume) && number == LABELS;
    is_tags && tags_of(one) == tags_of(two)
}

fn document_changes(before: &str, after: &str) -> Vec<Change> {
    let scanned = (scan(before.as_bytes()), scan(after.as_bytes()));
    let (Ok(old), Ok(new)) = scanned else {
        let after = Some("a text that is no JSON yet".to_owned());
        return vec![Change { what: "document".to_owned(), before: None, after }];
    };
    let parts = diff(&old, &new).into_iter();
    parts.map(|part| Change { what: part.pointer, before: part.before, after: part.after }).collect()
}

/// What is in a new document, in a line.
fn summary(document: &str) -> String {
    let Ok(scanned) = scan(document.as_bytes()) else { return "a text that is no JSON yet".to_owned() };
    let sections: Vec<String> = scanned
        .members()
        .map(|(key, value)| match value.elements().count() {
            0 => key.into_owned(),
            many => format!("{key} ({many})"),
        })
        .collect();
    if sections.is_empty() { "empty".to_owned() } else { sections.join(", ") }
}

type Theirs = Vec<(String, String)>;

fn merged(before: &str, ours: &str, theirs: &str) -> (String, Theirs) {
    let scanned = [before, ours, theirs].map(|text| scan(text.as_bytes()));
    let [Ok(base), Ok(mine), Ok(other)] = &scanned else {
        // What cannot be read cannot be merged: ours stays, theirs is told whole.
        return (ours.to_owned(), vec![(String::new(), theirs.to_owned())]);
    };
    let merged = rebase(base, mine, other);
    let told = |conflict: vitae_contracts_document::Conflict| {
        (conflict.pointer, conflict.theirs.unwrap_or_else(|| "removed".to_owned()))
    };
    (merged.text, merged.conflicts.into_iter().map(told).collect())
}

/// Tags that either has put in, without those that either took away.
fn merged_tags(before: &str, ours: &str, theirs: &str) -> String {
    let [before, ours, theirs] = [before, ours, theirs].map(tags_of);
    let is_kept = |tag: &&String| !before.contains(tag) || (ours.contains(tag) && theirs.contains(tag));
    let mut tags: Vec<&str> = ours.iter().chain(&theirs).filter(is_kept).map(String::as_str).collect();
    tags.sort_unstable();
    tags.dedup();
    tags.join(", ")
}

/// The document with another text, or none, for a member of its basics; none if it cannot be read.
fn with_basics(document: &str, key: &str, text: &str) -> Option<String> {
    let target = scan(document.as_bytes()).ok()?;
    let value = if text.is_empty() { serde_json::Value::Null } else { text.into() };
    let patch = serde_json::json!({ "basics": { key: value } }).to_string();
    let patch: Scanned<'_> = scan(patch.as_bytes()).ok()?;
    Some(merge_patch(&target, &patch))
}

fn laid_out(document: &str) -> String {
    if document.contains('\n') {
        return document.to_owned();
    }
    scan(document.as_bytes()).map_or_else(|_| document.to_owned(), |scanned| pretty(&scanned))
}

/// What a new resume begins with.
fn template(name: &str) -> String {
    let name = serde_json::Value::from(name).to_string();
    format!(
        r#"{{
  "basics": {{
    "name": {name},
    "label": "",
    "email": "",
    "summary": ""
  }},
  "work": [],
  "education": [],
  "skills": []
}}"#
    )
}
