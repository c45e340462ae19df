//! The state of a person's screen.

use vitae_sdk::{User, UserId};

use crate::client::collection::Collection;
use crate::client::error::ConsoleError;
use crate::client::load::Load;
use crate::widgets::table::Table;

/// A person, with one table for each tab.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(super) user: Load<UserId, Box<User>>,
    pub(crate) tab: usize,
    pub(super) tables: Vec<Table>,
}

impl Person {
    /// The titles of the tabs.
    pub(super) const TABS: &[&'static str] = &["Resumes", "Sessions", "History", "Actions"];

    pub(crate) fn new(id: UserId) -> Self {
        let collections = [
            Collection::Resumes { owner: Some(id), tag: None, deleted: false },
            Collection::Sessions(id),
            Collection::Audit { actor: None, object: Some(id.to_string()) },
            Collection::Audit { actor: Some(id), object: None },
        ];
        Self { id, user: Load::default(), tab: 0, tables: collections.into_iter().map(Table::new).collect() }
    }

    pub(crate) fn user(&self) -> Option<&User> {
        self.user.value().map(|(_, user)| &**user)
    }

    /// Returns the error of the request for the person.
    pub(super) fn user_error(&self) -> Option<&ConsoleError> {
        self.user.error()
    }

    /// Takes over a newer version of the person.
    pub(super) fn patch_user(&mut self, user: &User) {
        if let Some(known) = self.user.value_mut()
            && known.id == user.id
            && known.version <= user.version
        {
            known.clone_from(&Box::new(user.clone()));
        }
    }
}
