//! How people, resumes, revisions and audit entries stand in a table.

mod audit;

use std::time::{Duration, SystemTime};

use vitae_contracts_document::{Document, scan};
use vitae_sdk::{
    Owner, Resume, ResumeSummary, Revision, RevisionAuthor, RevisionHead, RevisionKind, Timestamp, Untrusted,
    User,
};

/// A column of a table.
pub(crate) struct Column {
    pub(super) name: &'static str,
    /// Whether it is cut where the terminal is narrow.
    pub(super) gives_way: bool,
}

impl Column {
    pub(crate) const fn fixed(name: &'static str) -> Self {
        Self { name, gives_way: false }
    }

    pub(crate) const fn text(name: &'static str) -> Self {
        Self { name, gives_way: true }
    }
}

/// What can be a row. Cells are escaped by who writes them.
pub(crate) trait Row {
    const COLUMNS: &[Column];

    /// What names the thing in other commands.
    fn id(&self) -> String;

    /// One cell a column; shorter where a person reads them.
    fn cells(&self, is_for_person: bool) -> Vec<String>;

    /// All its parts with their names.
    fn details(&self) -> Vec<(&'static str, String)>;
}

impl Row for User {
    const COLUMNS: &[Column] = &[
        Column::fixed("ID"),
        Column::text("NAME"),
        Column::text("EMAIL"),
        Column::fixed("ROLE"),
        Column::fixed("STATUS"),
        Column::fixed("UPDATED"),
    ];

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        vec![
            self.id(),
            plain(&self.name),
            plain(&self.email),
            self.role.as_str().to_owned(),
            user_status(self),
            time(self.updated_at, is_for_person),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = vec![
            ("id", self.id()),
            ("name", plain(&self.name)),
            ("e-mail", plain(&self.email)),
            ("role", self.role.as_str().to_owned()),
            ("status", user_status(self)),
            ("version", self.version.to_string()),
            ("created", self.created_at.to_string()),
            ("updated", self.updated_at.to_string()),
        ];
        details.extend(self.deleted_at.map(|at| ("deleted", at.to_string())));
        details
    }
}

/// The columns of every form of a resume.
const RESUME: &[Column] = &[
    Column::fixed("ID"),
    Column::text("TITLE"),
    Column::text("OWNER"),
    Column::text("TAGS"),
    Column::fixed("REV"),
    Column::fixed("UPDATED"),
];

impl Row for ResumeSummary {
    const COLUMNS: &[Column] = RESUME;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        let mark = if is_for_person && self.deleted_at.is_some() { " (deleted)" } else { "" };
        vec![
            self.id(),
            format!("{}{mark}", self.title.as_str()),
            owner(&self.owner),
            tags(&self.tags),
            self.revision.to_string(),
            time(self.updated_at, is_for_person),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = vec![
            ("id", self.id()),
            ("title", plain(&self.title)),
            ("owner", owner(&self.owner)),
            ("tags", tags(&self.tags)),
            ("revision", self.revision.to_string()),
            ("updated", self.updated_at.to_string()),
        ];
        details.extend(self.deleted_at.map(|at| ("deleted", at.to_string())));
        details
    }
}

impl Row for Resume {
    const COLUMNS: &[Column] = RESUME;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        summary(self).cells(is_for_person)
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = summary(self).details();
        details.push(("created", self.created_at.to_string()));
        details.extend(outline(self.document.get()));
        details
    }
}

/// The columns of every form of a revision.
const REVISION: &[Column] = &[
    Column::fixed("REV"),
    Column::fixed("KIND"),
    Column::text("AUTHOR"),
    Column::fixed("AT"),
    Column::text("REASON"),
    Column::text("TITLE"),
];

impl Row for RevisionHead {
    const COLUMNS: &[Column] = REVISION;

    fn id(&self) -> String {
        self.revision.to_string()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        vec![
            self.id(),
            kind(&self.kind),
            author(self.author.as_ref()),
            time(self.at, is_for_person),
            self.reason.as_ref().map(plain).unwrap_or_default(),
            plain(&self.title),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = vec![
            ("revision", self.id()),
            ("kind", kind(&self.kind)),
            ("author", author(self.author.as_ref())),
            ("at", self.at.to_string()),
        ];
        details.extend(self.reason.as_ref().map(|reason| ("reason", plain(reason))));
        details.push(("title", plain(&self.title)));
        details.push(("tags", tags(&self.tags)));
        details
    }
}

impl Row for Revision {
    const COLUMNS: &[Column] = REVISION;

    fn id(&self) -> String {
        self.revision.to_string()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        head(self).cells(is_for_person)
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = head(self).details();
        details.extend(outline(self.document.get()));
        details
    }
}

/// Who is meant, as messages name them.
pub(crate) fn author(author: Option<&RevisionAuthor>) -> String {
    match author {
        None => "the system".to_owned(),
        Some(author) => author.name.as_ref().map_or_else(|| author.id.to_string(), plain),
    }
}

fn owner(owner: &Owner) -> String {
    owner.name.as_ref().map_or_else(|| owner.id.to_string(), plain)
}

fn plain(text: &Untrusted) -> String {
    text.as_str().to_owned()
}

fn tags(tags: &[Untrusted]) -> String {
    tags.iter().map(Untrusted::as_str).collect::<Vec<_>>().join(",")
}

fn user_status(user: &User) -> String {
    match user.deleted_at {
        Some(_) => "deleted".to_owned(),
        None => user.status.as_str().to_owned(),
    }
}

fn kind(kind: &RevisionKind) -> String {
    match kind {
        RevisionKind::Created => "created",
        RevisionKind::Updated => "updated",
        RevisionKind::Deleted => "deleted",
        RevisionKind::Restored => "restored",
        RevisionKind::Other(other) => other,
        _ => "unknown",
    }
    .to_owned()
}

/// What a document is about, in a few lines.
fn outline(document: &str) -> Vec<(&'static str, String)> {
    let Ok(scanned) = scan(document.as_bytes()) else {
        return Vec::new();
    };
    let mut outline = Vec::new();
    if let Some(basics) = Document::new(&scanned).basics() {
        let parts = [("person", basics.name()), ("label", basics.label()), ("contact", basics.email())];
        outline.extend(parts.into_iter().filter_map(|(name, text)| Some((name, text?.into_owned()))));
    }
    let sections: Vec<String> = scanned
        .members()
        .filter_map(|(key, value)| {
            let entries = value.elements().count();
            (entries > 0).then(|| format!("{key} {entries}"))
        })
        .collect();
    if !sections.is_empty() {
        outline.push(("sections", sections.join(", ")));
    }
    outline
}

/// The instant itself, or for a person how long ago it was.
fn time(at: Timestamp, is_for_person: bool) -> String {
    if !is_for_person {
        return at.to_string();
    }
    let age = SystemTime::now().duration_since(at.into()).unwrap_or(Duration::ZERO).as_secs();
    match age {
        0..60 => format!("{age}s"),
        60..3600 => format!("{}m", age / 60),
        3600..86_400 => format!("{}h", age / 3600),
        _ => format!("{}d", age / 86_400),
    }
}

fn summary(resume: &Resume) -> ResumeSummary {
    ResumeSummary {
        id: resume.id,
        title: resume.title.clone(),
        owner: resume.owner.clone(),
        tags: resume.tags.clone(),
        revision: resume.revision,
        updated_at: resume.updated_at,
        deleted_at: resume.deleted_at,
    }
}

fn head(revision: &Revision) -> RevisionHead {
    RevisionHead {
        revision: revision.revision,
        kind: revision.kind.clone(),
        author: revision.author.clone(),
        at: revision.at,
        reason: revision.reason.clone(),
        title: revision.title.clone(),
        tags: revision.tags.clone(),
    }
}
