//! Instants with millisecond precision, as they are stored and displayed.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
///
/// The text form is RFC 3339 in UTC with three decimals, `2026-11-22T09:30:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// 9999-12-31T23:59:59.999Z, the last instant that RFC 3339 can represent.
const LAST: i64 = 253_402_300_799_999;

impl Timestamp {
    /// Creates an instant from milliseconds since 1970, clamped to the years 1970 to 9999.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LAST))
    }

    /// Returns the milliseconds since 1970.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since 1970, as in JWT claims (RFC 7519, section 2).
    pub const fn as_secs(self) -> i64 {
        self.0 / 1000
    }

    /// Returns the instant `duration` later, at most the last of the year 9999.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(LAST);
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Returns the instant `duration` earlier, at least the first of 1970.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(LAST);
        Self::from_millis(self.0.saturating_sub(millis))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::from_millis(i64::try_from(since.as_millis()).unwrap_or(LAST))
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        UNIX_EPOCH + Duration::from_millis(time.0.unsigned_abs())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_rfc3339_millis((*self).into()).fmt(f)
    }
}

/// The text is neither an RFC 3339 time nor a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidTimestamp;

impl fmt::Display for InvalidTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an RFC 3339 time such as 2026-11-30T10:00:00Z, or a date such as 2026-11-30")
    }
}

impl std::error::Error for InvalidTimestamp {}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Parses an RFC 3339 time with any offset, or a date, which means its first instant in UTC.
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let utc = |text: &str| humantime::parse_rfc3339(text).map(Self::from).map_err(|_| InvalidTimestamp);
        if text.len() == DATE.len() {
            return utc(&format!("{text}T00:00:00Z"));
        }
        // RFC 3339 section 5.6: `T` and `Z` may be lower case, and a space may replace `T`.
        let (Some(date), Some(b'T' | b't' | b' ')) =
            (text.get(..DATE.len()), text.as_bytes().get(DATE.len()))
        else {
            return Err(InvalidTimestamp);
        };
        let time = text.get(DATE.len() + 1..).ok_or(InvalidTimestamp)?;
        if let Some(time) = time.strip_suffix(['Z', 'z']) {
            return utc(&format!("{date}T{time}Z"));
        }
        let at = time.rfind(['+', '-']).ok_or(InvalidTimestamp)?;
        let (time, offset) = time.split_at(at);
        let offset = offset_millis(offset).ok_or(InvalidTimestamp)?;
        let local = utc(&format!("{date}T{time}Z"))?;
        Ok(Self::from_millis(local.0 - offset))
    }
}

const DATE: &str = "2026-11-30";

/// Parses `+hh:mm` or `-hh:mm`.
fn offset_millis(text: &str) -> Option<i64> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number = |text: &str, most: i64| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|number| digits && *number <= most)
    };
    Some(sign * (number(hours, 23)? * 60 + number(minutes, 59)?) * 60_000)
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_has_three_decimals_and_round_trips() {
        let at = Timestamp::from_millis(1_795_339_800_120);
        assert_eq!(at.to_string(), "2026-11-22T09:30:00.120Z");
        assert_eq!(at.to_string().parse(), Ok(at));
    }

    #[test]
    fn offsets_and_dates_are_parsed() {
        let at: Timestamp = "2026-11-30T10:00:00Z".parse().unwrap();
        for text in [
            "2026-11-30T12:00:00+02:00",
            "2026-11-30T04:30:00.000-05:30",
            "2026-11-30t10:00:00z",
            "2026-11-30 10:00:00-00:00",
            "2026-12-01T09:59:00+23:59",
        ] {
            assert_eq!(text.parse(), Ok(at), "{text}");
        }
        assert_eq!("2026-11-30".parse::<Timestamp>().unwrap().to_string(), "2026-11-30T00:00:00.000Z");
        for text in [
            "",
            "x",
            "2026-11-31",
            "2026-11-30T10",
            "2026-11-30T10:00:00",
            "2026-11-30T10:00:00+2:00",
            "2026-11-30T10:00:00+24:00",
            "2026-11-30T10:00:00+02:60",
            "2026-11-30T10:00:00+0200",
            "2026-11-30T10:00:00+-2:00",
            "2026-11-30é10:00:00Z",
            "26-11-30",
            "2026-11-3\u{e9}",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(InvalidTimestamp), "{text}");
        }
    }

    #[test]
    fn out_of_range_instants_are_clamped() {
        assert_eq!(Timestamp::from_millis(-1).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_millis(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
    }
}
