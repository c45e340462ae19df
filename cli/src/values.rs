//! Argument types that several commands share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use clap::{Args, ValueEnum};
use vitae_contracts_core::limits::{check_label_key, check_label_value};
use vitae_sdk::{Deleted, ResumeId, Role, Status, Timestamp, UserId};

/// A person, named by id or e-mail address.
#[derive(Debug, Clone)]
pub(crate) enum UserName {
    Id(UserId),
    Email(String),
}

impl FromStr for UserName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) if text.contains('@') => Ok(Self::Email(text.to_owned())),
            Err(_) => Err("expected an id or an e-mail address".to_owned()),
        }
    }
}

/// A resume, named by id or title.
#[derive(Debug, Clone)]
pub(crate) enum ResumeName {
    Id(ResumeId),
    Title(String),
}

impl FromStr for ResumeName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) if text.trim().is_empty() => Err("expected an id or a title".to_owned()),
            Err(_) => Ok(Self::Title(text.to_owned())),
        }
    }
}

/// A label, as `KEY=VALUE`.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl FromStr for Label {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE, as in team=data")?;
        check_label_key(key)?;
        check_label_value(value)?;
        Ok(Self { key: key.to_owned(), value: value.to_owned() })
    }
}

/// Returns labels by key.
///
/// # Errors
///
/// For a key with two values.
pub(crate) fn unique_labels(labels: &[Label]) -> Result<BTreeMap<String, String>, String> {
    let mut unique = BTreeMap::new();
    for Label { key, value } in labels {
        if unique.insert(key.clone(), value.clone()).is_some_and(|other| other != *value) {
            return Err(format!("the label {key} has two values"));
        }
    }
    Ok(unique)
}

/// Checks the key of a label.
pub(crate) fn label_key(text: &str) -> Result<String, String> {
    check_label_key(text).map(|()| text.to_owned())
}

/// The part of a list to print.
#[derive(Debug, Clone, Args)]
pub(crate) struct Range {
    /// Maximum number of items
    #[arg(long, value_name = "N", default_value_t = 50, conflicts_with = "all", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: u64,
    /// List all items
    #[arg(long)]
    pub(crate) all: bool,
    /// Continue after an earlier list
    #[arg(long, value_name = "CURSOR")]
    pub(crate) cursor: Option<String>,
}

impl Range {
    /// All of a list.
    pub(crate) fn all() -> Self {
        Self { limit: u64::MAX, all: true, cursor: None }
    }
}

/// Options of imports.
#[derive(Debug, Clone, Args)]
pub(crate) struct Bulk {
    /// Write rejected rows to this file, unchanged
    #[arg(long, value_name = "FILE")]
    pub(crate) rejects: Option<PathBuf>,
    /// Stop after more than this number of rejected rows
    #[arg(long, value_name = "N")]
    pub(crate) max_errors: Option<u64>,
    /// Import everything once more, although it was imported before
    #[arg(long)]
    pub(crate) again: bool,
}

/// Whether a list includes deleted objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeletedFilter {
    /// Exclude deleted ones
    Exclude,
    /// List only deleted ones
    Only,
    /// Include deleted ones
    Include,
}

impl From<DeletedFilter> for Deleted {
    fn from(choice: DeletedFilter) -> Self {
        match choice {
            DeletedFilter::Exclude => Self::Exclude,
            DeletedFilter::Only => Self::Only,
            DeletedFilter::Include => Self::Include,
        }
    }
}

/// Parses a duration: a number with a unit, or seconds without one.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let parsed = match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text).ok(),
    };
    match parsed {
        Some(time) if !time.is_zero() => Ok(time),
        _ => Err("expected a duration above zero such as 500ms, 30s or 2m".to_owned()),
    }
}

/// Parses a time, a date, or a duration ago.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    let ago = humantime::parse_duration(text);
    let ago = ago.map_err(
        |_| "expected an RFC 3339 time such as 2026-11-30T10:00:00Z, a date, or a duration ago such as 2h",
    )?;
    Ok(Timestamp::from(SystemTime::now()).minus(ago))
}

pub(crate) fn role(text: &str) -> Result<Role, String> {
    Role::parse_known(text).ok_or_else(|| expected(Role::KNOWN.iter().map(Role::as_str)))
}

pub(crate) fn status(text: &str) -> Result<Status, String> {
    Status::parse_known(text).ok_or_else(|| expected(Status::KNOWN.iter().map(Status::as_str)))
}

fn expected<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("expected one of {}", names.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_absolute_or_relative_to_now() {
        let at = "2026-11-22T09:30:00.000Z";
        assert_eq!(instant(at).map(|at| at.to_string()), Ok(at.to_owned()));
        let now = Timestamp::from(SystemTime::now());
        assert!(instant("1day 2h").unwrap() > now.minus(Duration::from_hours(27)));
        assert!(instant("1day 2h").unwrap() < now.minus(Duration::from_hours(25)));
        for (text, at) in [
            ("2026-11-22", "2026-11-22T00:00:00.000Z"),
            ("2026-11-22T09:30:00+02:00", "2026-11-22T07:30:00.000Z"),
        ] {
            assert_eq!(instant(text).map(|at| at.to_string()), Ok(at.to_owned()));
        }
        for text in ["", "2026-11-32", "30", "-1h", "soon"] {
            assert!(instant(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_have_a_unit_or_are_seconds() {
        for (text, millis) in [("30", 30_000), ("500ms", 500), ("2m", 120_000), ("1m 30s", 90_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "0", "0s", "-1", "soon", "5 parsecs"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
