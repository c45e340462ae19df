//! The output row of a profile, and its description in messages.

use serde::Serialize;
use vitae_tui::Colour;

use crate::config::{Config, Profile, StoreKind};
use crate::errors::{ErrorDetail, Failure};
use crate::exit;
use crate::output::{Column, Output, Row};
use crate::settings::server_of;

/// The output row of a profile.
#[derive(Debug, Serialize)]
pub(crate) struct ProfileRow {
    pub(super) name: String,
    pub(super) current: bool,
    pub(super) server: String,
    pub(super) account: Option<String>,
    pub(super) store: Option<StoreKind>,
    pub(super) colour: Option<Colour>,
    pub(super) protected: bool,
    pub(super) read_only: bool,
}

impl ProfileRow {
    pub(super) fn of(name: &str, profile: &Profile, current: bool) -> Self {
        Self {
            name: name.to_owned(),
            current,
            server: server_of(profile).value,
            account: profile.account.clone(),
            store: profile.store,
            colour: profile.colour,
            protected: profile.protected,
            read_only: profile.read_only,
        }
    }
}

impl Row for ProfileRow {
    const FIELDS: &'static [&'static str] =
        &["name", "current", "server", "account", "store", "colour", "protected", "read_only"];
    const COLUMNS: &'static [Column] = &[
        Column::fixed("NAME"),
        Column::fixed("CURRENT"),
        Column::text("SERVER"),
        Column::text("ACCOUNT"),
        Column::fixed("STORE"),
        Column::fixed("COLOUR"),
        Column::fixed("PROTECTED"),
        Column::fixed("READ-ONLY"),
    ];

    fn id(&self) -> String {
        self.name.clone()
    }

    fn cells(&self, _: bool) -> Vec<String> {
        let yes_or_no = |is_so| if is_so { "yes" } else { "no" }.to_owned();
        vec![
            self.name.clone(),
            yes_or_no(self.current),
            self.server.clone(),
            self.account.clone().unwrap_or_default(),
            self.store.map(StoreKind::as_str).unwrap_or_default().to_owned(),
            self.colour.map(Colour::name).unwrap_or_default().to_owned(),
            yes_or_no(self.protected),
            yes_or_no(self.read_only),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        Self::FIELDS.iter().copied().zip(self.cells(false)).collect()
    }
}

/// Prints a changed profile if an output format is requested.
pub(super) fn print_if_requested(profile: &ProfileRow, output: &mut Output) -> Result<(), Failure> {
    if output.is_format_requested() { output.one(profile) } else { Ok(()) }
}

pub(crate) fn unknown(name: &str, config: &Config) -> Failure {
    let mut failure = Failure::new(exit::NOT_FOUND, format!("no profile or account \"{name}\""));
    failure.details =
        config.profiles.iter().map(|(name, known)| ErrorDetail::new(label(name, known))).collect();
    failure.next("use one of the above, or create one with `vitae login --email EMAIL`")
}

/// Formats a profile for messages.
pub(crate) fn label(name: &str, profile: &Profile) -> String {
    let server = server_of(profile).value;
    match &profile.account {
        Some(account) => format!("{name}: {account} at {server}"),
        None => format!("{name}: {server}"),
    }
}
