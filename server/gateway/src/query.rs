//! Query parameters; unknown ones are rejected.

use std::str::FromStr;
use std::time::Duration;

use vitae_contracts_core::{Code, InvalidTimestamp, Timestamp, limits, quoted};
use vitae_contracts_gateway::ProblemLocation;

use crate::error::{ApiError, Violations};

/// The parameters of a request. Each is taken once; parameters that are left are unknown or repeated.
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    violations: Violations,
}

/// Whether a list includes deleted objects.
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

    /// Takes a parameter; empty if it is absent.
    pub(crate) fn text(&mut self, name: &'static str) -> String {
        self.take(name).unwrap_or_default()
    }

    /// Takes a parameter that cannot be empty; empty if it is absent.
    ///
    /// A script with an unset variable must not get the whole list.
    pub(crate) fn value(&mut self, name: &'static str) -> String {
        let value = self.take(name);
        if value.as_deref() == Some("") {
            self.add_violation(name, "expected a value, found nothing");
        }
        value.unwrap_or_default()
    }

    /// Takes the values of a repeatable parameter, in order.
    pub(crate) fn texts(&mut self, name: &'static str) -> Vec<String> {
        self.known.push(name);
        let (taken, rest) = std::mem::take(&mut self.pairs).into_iter().partition(|(given, _)| given == name);
        self.pairs = rest;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    /// Takes the page size.
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

    /// Takes the number of objects to skip before the page.
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

    /// Takes a value of a closed set.
    pub(crate) fn one_of<T>(&mut self, name: &'static str, known: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.take(name)?;
        let value = known(&text);
        if value.is_none() {
            self.add_violation(name, format!("{} is not among the values of {name}", quoted(&text)));
        }
        value
    }

    /// Takes a time; a date is the first instant of its day (UTC).
    pub(crate) fn time(&mut self, name: &'static str) -> Option<Timestamp> {
        let mut text = self.take(name)?;
        // An unencoded `+` is decoded to a space; here it can only begin an offset.
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

    /// Takes the interval of heartbeats; zero for none.
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

    /// Takes an id; it stays text once it is validated.
    pub(crate) fn id<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &'static str) -> String {
        let Some(text) = self.take(name) else { return String::new() };
        if let Err(error) = text.parse::<T>() {
            self.add_violation(name, error.to_string());
        }
        text
    }

    /// Rejects unknown parameters; if there are none, rejects the collected violations.
    pub(crate) fn finish(mut self) -> Result<(), ApiError> {
        let (repeated, unknown): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pairs)
            .into_iter()
            .map(|(name, _)| name)
            .partition(|name| self.known.contains(&name.as_str()));
        if !unknown.is_empty() {
            let known = if self.known.is_empty() { "none".to_owned() } else { self.known.join(", ") };
            let mut violations = Violations::default();
            for name in unknown {
                violations
                    .push(ProblemLocation::Parameter(name), &format!("unknown parameter; known: {known}"));
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
