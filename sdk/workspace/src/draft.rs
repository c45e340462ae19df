//! Unsaved changes: what they change, and how they are merged with a version that another user saved.

use serde::{Deserialize, Serialize};
use vitae_contracts_core::Timestamp;
use vitae_sdk::{Resume, ResumeId, ResumeSummary, Role, User, UserId};

use crate::fields::{Described, InputKind, labels, tags};
use crate::{Values, document};

/// The subject of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A person to create.
    NewPerson,
    /// A change of a person.
    Person,
    /// A resume to create.
    NewResume,
    /// A change of a resume.
    Resume,
    /// A new password of another user.
    Password,
    /// A new password of the user who is logged in.
    OwnPassword,
}

impl Kind {
    /// Whether drafts of this kind may be stored; passwords may not.
    pub fn is_stored(self) -> bool {
        !matches!(self, Self::Password | Self::OwnPassword)
    }

    /// Returns the editable fields: key, label, and kind of input.
    fn fields(self) -> Vec<(&'static str, &'static str, InputKind)> {
        fn of<T: Described>() -> Vec<(&'static str, &'static str, InputKind)> {
            T::inputs().map(|(field, input)| (field.key, field.label, input.kind)).collect()
        }
        match self {
            Self::NewPerson | Self::Person => of::<User>(),
            Self::NewResume | Self::Resume => of::<ResumeSummary>(),
            Self::Password | Self::OwnPassword => Vec::new(),
        }
    }

    /// The fields that format 1 stored, by position.
    fn positions(self) -> &'static [&'static str] {
        match self {
            Self::NewPerson | Self::Person => USER_POSITIONS,
            Self::NewResume | Self::Resume => &["title", "tags", "document"],
            Self::Password | Self::OwnPassword => &[],
        }
    }
}

/// The fields of a person that format 1 stored, by position.
const USER_POSITIONS: &[&str] = &["name", "email", "role"];

/// An object that can be edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ObjectId {
    /// A person.
    User(UserId),
    /// A resume.
    Resume(ResumeId),
}

/// The version that a draft is based on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Base {
    /// The object.
    pub id: ObjectId,
    /// Its version or revision.
    pub version: u64,
    /// Its values at that version.
    pub values: Values,
}

impl Base {
    /// Returns the current version of a person.
    pub fn of_user(user: &User) -> Self {
        Self { id: ObjectId::User(user.id), version: user.version, values: Values::of_user(user) }
    }

    /// Returns the current revision of a resume.
    pub fn of_resume(resume: &Resume) -> Self {
        Self { id: ObjectId::Resume(resume.id), version: resume.revision, values: Values::of_resume(resume) }
    }
}

/// Unsaved changes of one object.
///
/// Stored as JSON with a `format`; format 1, of versions before that member, held texts by position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct Draft {
    /// The name on disk and the idempotency key of the request that saves it.
    pub key: String,
    /// When it was last changed.
    pub at: Timestamp,
    /// The subject of the draft.
    pub kind: Kind,
    /// The name of the object for people; safe to print.
    pub name: String,
    /// The owner of a new resume, or the user whose password it is.
    pub owner: Option<UserId>,
    /// The version it is based on; none for a new object.
    pub base: Option<Base>,
    /// The values to save.
    pub values: Values,
}

/// A part that two users changed differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The key of the field.
    pub field: &'static str,
    /// The part within the field: a JSON pointer, a label's key, or empty for the whole field.
    pub part: String,
    /// The value that the other user saved. It may contain control characters.
    pub theirs: String,
}

/// One part that saving would change. Texts may contain control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The label of the field in lower case, or a JSON pointer into the document.
    pub field: String,
    /// The value before; none if there was none.
    pub before: Option<String>,
    /// The value after; none if it is removed.
    pub after: Option<String>,
}

impl Draft {
    /// Starts a change of an object.
    pub fn on(kind: Kind, key: String, at: Timestamp, name: String, base: Base) -> Self {
        let mut values = base.values.clone();
        if let Some(document) = base.values.get("document").filter(|_| kind == Kind::Resume) {
            values.set("document", document::laid_out(document));
        }
        Self { key, at, kind, name, owner: None, base: Some(base), values }
    }

    /// Starts a new object.
    pub fn new(kind: Kind, key: String, at: Timestamp, owner: Option<(UserId, String)>) -> Self {
        let (owner, name) = owner.unzip();
        let name = name.unwrap_or_default();
        let values = match kind {
            Kind::NewPerson => {
                let mut values = Values::empty::<User>();
                values.set("role", Role::Member.as_str());
                values
            }
            Kind::NewResume => {
                let mut values = Values::empty::<ResumeSummary>();
                values.set("document", document::template(&name));
                values
            }
            _ => Values::default(),
        };
        Self { key, at, kind, name, owner, base: None, values }
    }

    /// Returns the text of the document; empty for a person.
    pub fn document(&self) -> &str {
        self.values.text("document")
    }

    /// Whether saving would change anything; a new object always does.
    pub fn has_changes(&self) -> bool {
        self.base.is_none() || !self.changes().is_empty()
    }

    /// Whether the draft contains anything that was typed and may be stored.
    pub fn is_worth_storing(&self) -> bool {
        if !self.kind.is_stored() {
            return false;
        }
        match &self.base {
            Some(base) => self.values != base.values && !self.changes().is_empty(),
            None => {
                let owner = self.owner.map(|owner| (owner, self.name.clone()));
                self.values != Self::new(self.kind, String::new(), self.at, owner).values
            }
        }
    }

    /// Returns the parts that saving would change.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (key, label, kind) in self.kind.fields() {
            let before = self.base.as_ref().map(|base| base.values.text(key));
            let after = self.values.text(key);
            if is_same(kind, before.unwrap_or_default(), after) {
                continue;
            }
            if kind == InputKind::Document
                && let Some(before) = before
            {
                changes.extend(document::changes(before, after));
                continue;
            }
            if kind == InputKind::Labels
                && let (Ok(old), Ok(_)) = (labels::parse(before.unwrap_or_default()), labels::parse(after))
            {
                let edited = labels::changes(before.unwrap_or_default(), after).into_iter();
                changes.extend(edited.map(|(key, after)| Change {
                    before: old.get(&key).cloned(),
                    field: format!("label {key}"),
                    after,
                }));
                continue;
            }
            let after = if kind == InputKind::Document { document::summary(after) } else { after.to_owned() };
            let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            changes.push(Change {
                field: label.to_owned(),
                before: before.and_then(part),
                after: part(&after),
            });
        }
        changes
    }

    /// Bases the draft on the version that another user saved: their changes are merged in, the changes of this draft
    /// stay. Returns the parts that both changed differently.
    pub fn rebase(&mut self, theirs: &Base) -> Vec<Conflict> {
        let Some(base) = self.base.replace(theirs.clone()) else { return Vec::new() };
        let mut conflicts = Vec::new();
        for (field, _, kind) in self.kind.fields() {
            let (before, ours, other) =
                (base.values.text(field), self.values.text(field), theirs.values.text(field));
            if is_same(kind, before, other) || is_same(kind, ours, other) {
                continue;
            }
            let (text, found) = if is_same(kind, before, ours) {
                let text =
                    if kind == InputKind::Document { document::laid_out(other) } else { other.to_owned() };
                (text, Vec::new())
            } else {
                merge(kind, before, ours, other)
            };
            self.values.set(field, text);
            conflicts.extend(found.into_iter().map(|(part, theirs)| Conflict { field, part, theirs }));
        }
        conflicts
    }

    /// Returns a title for a resume, from its document.
    pub fn suggested_title(&self) -> Option<String> {
        document::title(self.document())
    }
}

/// Whether two texts of a field have the same value.
fn is_same(kind: InputKind, one: &str, two: &str) -> bool {
    one == two
        || match kind {
            InputKind::Line | InputKind::Choice(_) => false,
            InputKind::Tags => tags::parse(one) == tags::parse(two),
            InputKind::Labels => {
                matches!((labels::parse(one), labels::parse(two)), (Ok(one), Ok(two)) if one == two)
            }
            InputKind::Document => document::is_same(one, two),
        }
}

/// Merges two different changes of a field. Returns the text, and the parts that both changed differently.
fn merge(kind: InputKind, before: &str, ours: &str, theirs: &str) -> (String, Vec<(String, String)>) {
    match kind {
        InputKind::Line | InputKind::Choice(_) => (ours.to_owned(), vec![(String::new(), theirs.to_owned())]),
        InputKind::Tags => (tags::merge(before, ours, theirs), Vec::new()),
        InputKind::Labels => {
            let (text, conflicts) = labels::merge(before, ours, theirs);
            let removed = || "(removed)".to_owned();
            (text, conflicts.into_iter().map(|(key, value)| (key, value.unwrap_or_else(removed))).collect())
        }
        InputKind::Document => document::merge(before, ours, theirs),
    }
}

/// The format that this version writes.
const FORMAT: u32 = 2;

/// A draft as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(default = "first_format")]
    format: u32,
    key: String,
    at: Timestamp,
    kind: Kind,
    name: String,
    owner: Option<UserId>,
    base: Option<StoredBase>,
    #[serde(flatten)]
    values: StoredValues,
}

#[derive(Serialize, Deserialize)]
struct StoredBase {
    id: ObjectId,
    version: u64,
    #[serde(flatten)]
    values: StoredValues,
}

/// Values by key, or in format 1 by position.
#[derive(Serialize, Deserialize)]
enum StoredValues {
    #[serde(rename = "values")]
    ByKey(Values),
    #[serde(rename = "texts")]
    ByPosition(Vec<String>),
}

impl StoredValues {
    fn read(self, positions: &[&str]) -> Result<Values, String> {
        match self {
            Self::ByKey(values) => Ok(values),
            Self::ByPosition(texts) => {
                let found = texts.len();
                Values::from_positions(positions, texts)
                    .ok_or_else(|| format!("expected {} texts, found {found}", positions.len()))
            }
        }
    }
}

fn first_format() -> u32 {
    1
}

impl From<Draft> for Stored {
    fn from(draft: Draft) -> Self {
        let Draft { key, at, kind, name, owner, base, values } = draft;
        let base = base.map(|base| StoredBase {
            id: base.id,
            version: base.version,
            values: StoredValues::ByKey(base.values),
        });
        Self { format: FORMAT, key, at, kind, name, owner, base, values: StoredValues::ByKey(values) }
    }
}

impl TryFrom<Stored> for Draft {
    type Error = String;

    /// # Errors
    ///
    /// For a format of a later version, for another number of texts than format 1 had, and for a change without the
    /// version it is based on.
    fn try_from(stored: Stored) -> Result<Self, String> {
        let Stored { format, key, at, kind, name, owner, base, values } = stored;
        if format > FORMAT {
            return Err(format!("expected a draft of format {FORMAT} or earlier, found {format}"));
        }
        if base.is_some() != matches!(kind, Kind::Person | Kind::Resume) {
            return Err("expected a base for a change, and none for a new object".to_owned());
        }
        let base = base.map(|base| {
            let values = base.values.read(kind.positions())?;
            Ok::<_, String>(Base { id: base.id, version: base.version, values })
        });
        let values = values.read(kind.positions())?;
        Ok(Self { key, at, kind, name, owner, base: base.transpose()?, values })
    }
}

/// Deserializes the values of a person, also from the positions of format 1.
///
/// # Errors
///
/// For another number of texts than format 1 had.
pub fn user_values<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Values, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Texts(Vec<String>),
        Values(Values),
    }
    let stored = match Either::deserialize(deserializer)? {
        Either::Texts(texts) => StoredValues::ByPosition(texts),
        Either::Values(values) => StoredValues::ByKey(values),
    };
    stored.read(USER_POSITIONS).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::array::uniform3;
    use proptest::collection::btree_set;
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::*;

    fn person(version: u64, texts: [&str; 3]) -> Base {
        let keys = ["name", "email", "role"];
        let values = Values::from_positions(&keys, texts.map(str::to_owned).to_vec()).unwrap();
        Base { id: ObjectId::User(UserId::from_bytes([7; 16])), version, values }
    }

    fn draft(base: Base) -> Draft {
        Draft::on(Kind::Person, "k".to_owned(), Timestamp::from_millis(0), "Ada".to_owned(), base)
    }

    #[test]
    fn draft_of_format_1_opens() {
        let id = UserId::from_bytes([7; 16]);
        let stored = format!(
            r#"{{"key":"k","at":"1970-01-01T00:00:00Z","kind":"Person","name":"Ada","owner":null,
                "base":{{"id":{{"User":"{id}"}},"version":3,"texts":["Ada","ada@x","viewer"]}},"texts":["Ada King","ada@x","viewer"]}}"#
        );
        let draft: Draft = serde_json::from_str(&stored).unwrap();
        let changes = draft.changes();
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert_eq!((&*changes[0].field, changes[0].after.as_deref()), ("name", Some("Ada King")));
        let again: Draft = serde_json::from_str(&serde_json::to_string(&draft).unwrap()).unwrap();
        assert_eq!(again, draft);
    }

    #[test]
    fn draft_with_another_number_of_texts_or_of_a_later_format_is_rejected() {
        for stored in [
            r#"{"key":"k","at":"1970-01-01T00:00:00Z","kind":"NewPerson","name":"","owner":null,"base":null,"texts":["Ada"]}"#,
            r#"{"format":3,"key":"k","at":"1970-01-01T00:00:00Z","kind":"NewPerson","name":"","owner":null,"base":null,"values":{}}"#,
            r#"{"format":2,"key":"k","at":"1970-01-01T00:00:00Z","kind":"Person","name":"","owner":null,"base":null,"values":{}}"#,
        ] {
            assert!(serde_json::from_str::<Draft>(stored).is_err(), "{stored}");
        }
    }

    #[test]
    fn rebase_merges_fields_and_reports_those_both_changed() {
        let mut ours = draft(person(1, ["Ada", "ada@x", "viewer"]));
        ours.values.set("name", "Ada King");
        ours.values.set("role", "editor");
        let conflicts = ours.rebase(&person(2, ["Ada", "ada@y", "admin"]));
        assert_eq!(ours.values.text("name"), "Ada King");
        assert_eq!(ours.values.text("email"), "ada@y");
        assert_eq!(ours.values.text("role"), "editor");
        let expected = Conflict { field: "role", part: String::new(), theirs: "admin".to_owned() };
        assert_eq!(conflicts, [expected]);
    }

    #[test]
    fn field_that_is_unknown_is_never_changed() {
        let mut base = person(1, ["Ada", "ada@x", "viewer"]);
        base.values.set("future", "kept");
        let draft = draft(person(1, ["Ada", "ada@x", "viewer"]));
        let change = draft.values.update::<User>(&base.values, vitae_sdk::UpdateUser::default());
        assert_eq!(change, vitae_sdk::UpdateUser::default());
        assert!(draft.changes().is_empty());
    }
    proptest! {
        #[test]
        fn rebase_takes_the_side_that_changed_and_reports_both(
            base in uniform3("[ab]{0,2}"),
            ours in uniform3("[ab]{0,2}"),
            theirs in uniform3("[ab]{0,2}"),
        ) {
            let at = |version, texts: &[String; 3]| person(version, [&texts[0], &texts[1], &texts[2]]);
            let mut changed = draft(at(1, &base));
            changed.values = at(1, &ours).values;
            let conflicts = changed.rebase(&at(2, &theirs));
            prop_assert_eq!(changed.base.as_ref().unwrap(), &at(2, &theirs));
            for (number, key) in USER_POSITIONS.iter().enumerate() {
                let (base, ours, theirs) = (&base[number], &ours[number], &theirs[number]);
                let wanted = if ours == base { theirs } else { ours };
                prop_assert_eq!(changed.values.text(key), wanted.as_str());
                let is_reported =
                    conflicts.iter().any(|conflict| conflict.field == *key && conflict.theirs == *theirs);
                prop_assert_eq!(is_reported, ours != base && theirs != base && ours != theirs);
            }
        }

        #[test]
        fn tags_that_either_added_stay_and_those_that_either_removed_are_gone(
            base in btree_set("[a-f]", 0..5),
            ours in btree_set("[a-f]", 0..5),
            theirs in btree_set("[a-f]", 0..5),
        ) {
            let text = |tags: &BTreeSet<String>| tags.iter().cloned().collect::<Vec<_>>().join(", ");
            let merged = tags::merge(&text(&base), &text(&ours), &text(&theirs));
            let all: BTreeSet<_> = base.iter().chain(&ours).chain(&theirs).cloned().collect();
            let is_kept =
                |tag: &String| !base.contains(tag) || (ours.contains(tag) && theirs.contains(tag));
            prop_assert_eq!(tags::parse(&merged), all.into_iter().filter(is_kept).collect::<Vec<_>>());
        }
    }
}
