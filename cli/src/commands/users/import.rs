//! `vitae users import`

pub(super) mod args;
mod people;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use tokio::sync::{Mutex, OwnedMutexGuard};
use vitae_contracts_core::fold;
use vitae_sdk::{Code, Timestamp, User, UserId};
use vitae_sdk_workspace::fields::PersonRow;

use self::args::ImportArgs;
use crate::bulk::{self, ImportOptions, Kind, input::Inputs};
use crate::connection::Connection;
use crate::errors::{Failure, FileLocation};
use crate::flags::{ErrorFormat, Global};
use crate::output::{Column, Output, Row};
use crate::runtime;

pub(super) async fn run(
    connection: &Connection,
    global: &Global,
    options: ImportArgs,
    output: &mut Output,
) -> Result<(), Failure> {
    let home = connection.context.directory.clone();
    let named = vec![options.file];
    let read = move || {
        let mut inputs = Inputs::of(named.clone(), &named, &home)?;
        let input = inputs.files.pop().expect("one file was named");
        Ok((people::Table::open(input)?, inputs))
    };
    let (table, inputs) = runtime::run_blocking(read).await?;
    let manner = ImportOptions {
        rejects: options.bulk.rejects,
        rejects_head: table.head(),
        max_errors: options.bulk.max_errors,
        again: options.bulk.again,
        json_errors: global.error_format == ErrorFormat::Json,
        quiet: global.quiet,
    };
    let rows = bulk::read_in_thread(move |take| table.read(take))?;
    bulk::run(
        connection,
        &PersonImport { connection, turns: RefCell::default() },
        manner,
        &inputs,
        rows,
        output,
    )
    .await
}

struct PersonImport<'a> {
    connection: &'a Connection,
    /// Locks by e-mail: rows with the same e-mail are sent in order, so that the first one is created.
    turns: RefCell<HashMap<String, Arc<Mutex<()>>>>,
}

impl PersonImport<'_> {
    async fn turn(&self, email: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.borrow_mut();
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(turns.entry(fold(email)).or_default())
        };
        turn.lock_owned().await
    }
}

impl Kind for PersonImport<'_> {
    type Content = PersonRow;
    type Added = AddedUser;

    fn identity(&self) -> (&'static str, String) {
        ("users", String::new())
    }

    async fn create(&self, key: &str, person: &PersonRow) -> Result<String, Failure> {
        let email = person.values.text("email");
        let _turn = self.turn(email).await;
        let users = self.connection.client.users();
        let created = users.clone().with_idempotency_key(key).create(&person.values.create::<User>()).await;
        let created = created.map_err(|error| {
            let failure = self.connection.explain(&format!("create {email}"), &error);
            match error.known_code() {
                Some(Code::EmailTaken) => {
                    failure.next("remove the row; `vitae apply -f` changes existing people")
                }
                _ => failure,
            }
        })?;
        if person.is_disabled {
            let disabled =
                users.with_idempotency_key(format!("{key}/disable")).disable(created.id, None).await;
            disabled.map_err(|e| self.connection.explain(&format!("disable {email}"), &e))?;
        }
        Ok(created.id.to_string())
    }

    fn digest(&self, person: &PersonRow) -> String {
        // Journals of earlier versions hold digests of these four.
        const FIRST: [&str; 3] = ["email", "name", "role"];
        let status = if person.is_disabled { "disabled" } else { "active" };
        let mut parts: Vec<&str> = FIRST.map(|key| person.values.text(key)).to_vec();
        parts.push(status);
        let others = person.values.texts().filter(|(key, _)| !FIRST.contains(key));
        parts.extend(others.flat_map(|(key, text)| [key, text]));
        bulk::input::digest_of(&parts)
    }

    async fn is_live(&self, id: &str) -> Result<bool, Failure> {
        let Ok(id) = id.parse::<UserId>() else { return Ok(false) };
        match self.connection.client.users().get(id).await {
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(self.connection.explain("search for people created earlier", &error)),
            Ok(user) => Ok(user.deleted_at.is_none()),
        }
    }

    async fn candidates(&self, person: &PersonRow, since: Timestamp) -> Result<Vec<String>, Failure> {
        let list = self.connection.client.users().list().email(person.values.text("email"));
        let found = list
            .send()
            .await
            .map_err(|e| self.connection.explain("search for people created earlier", &e))?;
        let is_ours = |user: &User| {
            user.created_at >= since && fold(user.name.as_str()) == fold(person.values.text("name"))
        };
        Ok(found.items.into_iter().filter(is_ours).map(|user| user.id.to_string()).collect())
    }

    async fn exists(&self, id: &str) -> Result<bool, Failure> {
        let Ok(id) = id.parse::<UserId>() else { return Ok(false) };
        match self.connection.client.users().get(id).await {
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(self.connection.explain("search for people created earlier", &error)),
            Ok(_) => Ok(true),
        }
    }

    fn added(&self, location: FileLocation, id: &str, person: PersonRow) -> AddedUser {
        let text = |key| person.values.text(key).to_owned();
        AddedUser { location, id: id.to_owned(), email: text("email"), name: text("name") }
    }
}

/// An imported person.
#[derive(Debug, Serialize)]
pub(crate) struct AddedUser {
    #[serde(flatten)]
    location: FileLocation,
    id: String,
    email: String,
    name: String,
}

impl Row for AddedUser {
    const FIELDS: &'static [&'static str] = &["file", "line", "id", "email", "name"];
    const COLUMNS: &'static [Column] =
        &[Column::text("FILE"), Column::fixed("ID"), Column::text("EMAIL"), Column::text("NAME")];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn cells(&self, _: bool) -> Vec<String> {
        vec![self.location.to_string(), self.id(), self.email.clone(), self.name.clone()]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        ["file", "id", "email", "name"].into_iter().zip(self.cells(false)).collect()
    }
}
