//! Query parameters, none of them unknown.

use std::str::FromStr;
use std::time::Duration;

use vitae_contracts_core::{Code, InvalidTimestamp, Timestamp, limits, quoted};
use vitae_contracts_gateway::ProblemLocation;

use crate::error::{ApiError, Violations};

/// The parameters of a request; each is taken once, and none may be left.
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    violations: Violations,
}

/// Whether deleted objects are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deleted {
    Exclude,
    Only,
    Include,
}

impl Query {
    pub(crate) fn parse(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        Self { pairs, known: Vec::new(), violations: Violations::default() }
    }

    /// The value of a parameter, or nothing.
    pub(crate) fn text(&mut self, name: &'static str) -> String {
        self.take(name).unwrap_or_default()
    }

    /// The values of a parameter that may be repeated, in their order.
    pub(crate) fn texts(&mut self, name: &'static str) -> Vec<String> {
        self.known.push(name);
        let (taken, rest) = std::mem::take(&mut self.pairs).into_iter().partition(|(given, _)| given == name);
        self.pairs = rest;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    /// How many objects a page may have.
    pub(crate) fn limit(&mut self) -> i32 {
        let Some(text) = self.take("limit") else { return limits::DEFAULT_PAGE.cast_signed() };
        match text.parse::<u32>() {
            Ok(limit) if (1..=limits::PAGE).contains(&limit) => limit.cast_signed(),
            _ => {
                self.add_violation(
                    "limit",
                    format!("expected 1 to {}, found {}", limits::PAGE, quoted(&text)),
                );
                1
            }
        }
    }

    /// How many objects are left out before the page.
    pub(crate) fn skip(&mut self) -> i32 {
        let Some(text) = self.take("skip") else { return 0 };
        match text.parse::<u32>().ok().and_then(|skip| i32::try_from(skip).ok()) {
            Some(skip) => skip,
            None => {
                self.add_violation("skip", format!("expected 0 to {}, found {}", i32::MAX, quoted(&text)));
                0
            }
        }
    }

    pub(crate) fn flag(&mut self, name: &'static str) -> bool {
        match self.take(name).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => {
                self.add_violation(name, format!("expected true or false, found {}", quoted(other)));
                false
            }
        }
    }

    pub(crate) fn deleted(&mut self) -> Deleted {
        match self.take("deleted").as_deref() {
            None | Some("exclude") => Deleted::Exclude,
            Some("only") => Deleted::Only,
            Some("include") => Deleted::Include,
            Some(other) => {
                self.add_violation(
                    "deleted",
                    format!("expected exclude, only or include, found {}", quoted(other)),
                );
                Deleted::Exclude
            }
        }
    }

    /// A value of a closed set, by its text.
    pub(crate) fn one_of<T>(&mut self, name: &'static str, known: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.take(name)?;
        let value = known(&text);
        if value.is_none() {
            self.add_violation(name, format!("{} is not among the values of {name}", quoted(&text)));
        }
        value
    }

    /// A time, or the first instant of a day (UTC).
    pub(crate) fn time(&mut self, name: &'static str) -> Option<Timestamp> {
        let mut text = self.take(name)?;
        // A `+` that was not encoded arrives as a space; only an offset begins with one here.
        let offset = text.len().saturating_sub("+00:00".len());
        if offset > "2026-11-30T10".len() && text.get(offset..=offset) == Some(" ") {
            text.replace_range(offset..=offset, "+");
        }
        match text.parse() {
            Ok(time) => Some(time),
            Err(InvalidTimestamp) => {
                self.add_violation(name, format!("invalid value for \"{name}\": {InvalidTimestamp}"));
                None
            }
        }
    }

    /// How often a stream of events is to say that it is there; zero for never.
    pub(crate) fn heartbeat(&mut self) -> Option<Duration> {
        let text = self.take("heartbeat")?;
        match text.parse::<u64>() {
            Ok(seconds) if seconds <= 300 => Some(Duration::from_secs(seconds)),
            _ => {
                self.add_violation(
                    "heartbeat",
                    format!("expected 0 (off) to 300 seconds, found {}", quoted(&text)),
                );
                None
            }
        }
    }

    /// An id, kept as text once it is known to be one.
    pub(crate) fn id<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &'static str) -> String {
        let Some(text) = self.take(name) else { return String::new() };
        if let Err(error) = text.parse::<T>() {
            self.add_violation(name, error.to_string());
        }
        text
    }

    /// Refuses what was not taken, then what was wrong.
    pub(crate) fn finish(mut self) -> Result<(), ApiError> {
        let (repeated, unknown): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pairs)
            .into_iter()
            .map(|(name, _)| name)
            .partition(|name| self.known.contains(&name.as_str()));
        if !unknown.is_empty() {
            let known = if self.known.is_empty() { "none".to_owned() } else { self.known.join(", ") };
            let mut violations = Violations::default();
            for name in unknown {
                violations.push(ProblemLocation::Parameter(name), &format!("unknown here; known: {known}"));
            }
            return Err(ApiError::input(Code::UnknownParameter, violations));
        }
        for name in repeated {
            self.violations.push(ProblemLocation::Parameter(name), "expected once, found more than once");
        }
        if self.violations.is_empty() {
            Ok(())
        } else {
            Err(ApiError::input(Code::InvalidParameter, self.violations))
        }
    }

    fn take(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let at = self.pairs.iter().position(|(given, _)| given == name)?;
        Some(self.pairs.remove(at).1)
    }

    pub(crate) fn add_violation(&mut self, name: &str, message: impl AsRef<str>) {
        self.violations.push(ProblemLocation::Parameter(name.to_owned()), message.as_ref());
    }
}
