//! Collections: the lists of the server with their filters, columns and sort orders.

use std::collections::BTreeMap;

use vitae_sdk::{ResumeId, Role, Status, UserId};

use crate::client::columns::{self, Column, Field};
use crate::client::row::RowId;

/// The objects of a list, before a filter is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Collection {
    Users {
        role: Option<Role>,
        status: Option<Status>,
        deleted: bool,
    },
    Resumes {
        owner: Option<UserId>,
        tag: Option<String>,
        deleted: bool,
    },
    Revisions(ResumeId),
    /// The active sessions of a person.
    Sessions(UserId),
    Audit {
        actor: Option<UserId>,
        object: Option<String>,
    },
}

/// The row that the cursor goes to when a list opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seek {
    Row(RowId),
    /// The row with this number, counted from 0.
    Ordinal(u64),
}

/// A sort order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) key: &'static str,
    pub(crate) descending: bool,
}

impl Sort {
    /// Returns the query parameter; reversed for a window that is anchored at the end.
    pub(crate) fn parameter(self, reversed: bool) -> String {
        format!("{}{}", if self.descending == reversed { "" } else { "-" }, self.key)
    }
}

/// The kind of filter that a list supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filtering {
    /// Words.
    Words,
    /// The name of an action, or a prefix of one.
    Action,
    Nothing,
}

impl Collection {
    pub(crate) const PEOPLE: Self = Self::Users { role: None, status: None, deleted: false };
    pub(crate) const RESUMES: Self = Self::Resumes { owner: None, tag: None, deleted: false };
    pub(crate) const AUDIT: Self = Self::Audit { actor: None, object: None };
    pub(crate) const DELETED_PEOPLE: Self = Self::Users { role: None, status: None, deleted: true };
    /// One list of each kind.
    pub(crate) const EACH: &[Self] = &[
        Self::PEOPLE,
        Self::DELETED_PEOPLE,
        Self::RESUMES,
        Self::DELETED_RESUMES,
        Self::AUDIT,
        Self::Revisions(ResumeId::from_bytes([0; 16])),
        Self::Sessions(UserId::from_bytes([0; 16])),
    ];
    pub(crate) const DELETED_RESUMES: Self = Self::Resumes { owner: None, tag: None, deleted: true };

    /// Returns the title of the list.
    pub(crate) fn title(&self) -> &'static str {
        match self {
            Self::Users { deleted: true, .. } => "Deleted people",
            Self::Users { .. } => "People",
            Self::Resumes { deleted: true, .. } => "Deleted resumes",
            Self::Resumes { .. } => "Resumes",
            Self::Revisions(_) => "Revisions",
            Self::Sessions(_) => "Sessions",
            Self::Audit { .. } => "Audit",
        }
    }

    /// Returns the noun for one row, or for many.
    pub(crate) fn noun(&self, many: bool) -> &'static str {
        match (self, many) {
            (Self::Users { .. }, false) => "person",
            (Self::Users { .. }, true) => "people",
            (Self::Resumes { .. }, false) => "resume",
            (Self::Resumes { .. }, true) => "resumes",
            (Self::Revisions(_), false) => "revision",
            (Self::Revisions(_), true) => "revisions",
            (Self::Sessions(_), false) => "session",
            (Self::Sessions(_), true) => "sessions",
            (Self::Audit { .. }, false) => "entry",
            (Self::Audit { .. }, true) => "entries",
        }
    }

    /// Returns the name under which settings for such lists are stored.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Users { deleted: true, .. } => "deleted-people",
            Self::Users { .. } => "people",
            Self::Resumes { deleted: true, .. } => "deleted-resumes",
            Self::Resumes { .. } => "resumes",
            Self::Revisions(_) => "revisions",
            Self::Sessions(_) => "sessions",
            Self::Audit { .. } => "audit",
        }
    }

    /// Returns the columns that are chosen for the list, or else the usual ones.
    pub(crate) fn shown_columns(&self, chosen: &BTreeMap<&'static str, Vec<Field>>) -> Vec<&'static Column> {
        let chosen = chosen.get(self.kind());
        let is_shown =
            |column: &&Column| chosen.map_or(column.is_usual(), |chosen| chosen.contains(&column.field));
        self.columns().iter().filter(is_shown).collect()
    }

    pub(crate) fn columns(&self) -> &'static [Column] {
        match self {
            Self::Users { deleted: true, .. } => &columns::DELETED_USERS,
            Self::Users { .. } => &columns::USERS,
            Self::Resumes { deleted: true, .. } => &columns::DELETED_RESUMES,
            Self::Resumes { .. } => &columns::RESUMES,
            Self::Revisions(_) => columns::REVISIONS,
            Self::Sessions(_) => columns::SESSIONS,
            Self::Audit { .. } => columns::AUDIT,
        }
    }

    /// Returns the sort orders that the server supports, the default first; empty for lists with a fixed order.
    pub(crate) fn sorts(&self) -> &'static [Sort] {
        const NEWEST: Sort = Sort { key: "created_at", descending: true };
        const UPDATED: Sort = Sort { key: "updated_at", descending: true };
        const USERS: &[Sort] = &[
            NEWEST,
            Sort { key: "name", descending: false },
            Sort { key: "email", descending: false },
            UPDATED,
        ];
        const RESUMES: &[Sort] = &[NEWEST, Sort { key: "title", descending: false }, UPDATED];
        const REVISIONS: &[Sort] = &[Sort { key: "revision", descending: true }];
        const AUDIT: &[Sort] = &[Sort { key: "sequence", descending: true }];
        match self {
            Self::Users { .. } => USERS,
            Self::Resumes { .. } => RESUMES,
            Self::Revisions(_) => REVISIONS,
            Self::Audit { .. } => AUDIT,
            Self::Sessions(_) => &[],
        }
    }

    pub(crate) fn filtering(&self) -> Filtering {
        match self {
            Self::Users { .. } | Self::Resumes { .. } => Filtering::Words,
            Self::Audit { .. } => Filtering::Action,
            Self::Revisions(_) | Self::Sessions(_) => Filtering::Nothing,
        }
    }

    /// Returns whether the server can skip rows, so that every position can be reached with one request.
    pub(crate) fn can_skip(&self) -> bool {
        self.is_counted()
    }

    /// Returns whether the server can count the list.
    pub(crate) fn is_counted(&self) -> bool {
        matches!(self, Self::Users { .. } | Self::Resumes { .. })
    }
}
