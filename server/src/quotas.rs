//! The quota options.

use clap::Args;
use vitae_server_stack::{Quotas, StorageLimits};

/// Quotas of members; administrators and editors have none.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Quotas (of members; `none` or 0: unlimited)")]
pub(crate) struct QuotaOptions {
    /// Maximum bytes of one person's resumes, including all revisions and deleted resumes
    #[arg(long = "quota-person-bytes", value_name = "SIZE", value_parser = size, default_value = "256MiB", env = "VITAE_QUOTA_PERSON_BYTES")]
    person_bytes: Bound,
    /// Maximum number of one person's resumes, including deleted ones
    #[arg(long = "quota-person-resumes", value_name = "COUNT", value_parser = count, default_value = "10000", env = "VITAE_QUOTA_PERSON_RESUMES")]
    person_resumes: Bound,
    /// Maximum number of revisions of one person's resumes
    #[arg(long = "quota-person-revisions", value_name = "COUNT", value_parser = count, default_value = "100000", env = "VITAE_QUOTA_PERSON_REVISIONS")]
    person_revisions: Bound,
    /// Maximum number of changes by one person per day (UTC)
    #[arg(long = "quota-person-changes", value_name = "COUNT", value_parser = count, default_value = "50000", env = "VITAE_QUOTA_PERSON_CHANGES")]
    person_changes: Bound,
    /// Maximum bytes of all resumes
    #[arg(long = "quota-total-bytes", value_name = "SIZE", value_parser = size, default_value = "8GiB", env = "VITAE_QUOTA_TOTAL_BYTES")]
    total_bytes: Bound,
    /// Maximum number of all resumes
    #[arg(long = "quota-total-resumes", value_name = "COUNT", value_parser = count, default_value = "2000000", env = "VITAE_QUOTA_TOTAL_RESUMES")]
    total_resumes: Bound,
    /// Maximum number of revisions of all resumes
    #[arg(long = "quota-total-revisions", value_name = "COUNT", value_parser = count, default_value = "20000000", env = "VITAE_QUOTA_TOTAL_REVISIONS")]
    total_revisions: Bound,
}

/// A limit, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bound(Option<u64>);

impl From<QuotaOptions> for Quotas {
    fn from(options: QuotaOptions) -> Self {
        Self {
            person: StorageLimits {
                bytes: options.person_bytes.0,
                resumes: options.person_resumes.0,
                revisions: options.person_revisions.0,
            },
            total: StorageLimits {
                bytes: options.total_bytes.0,
                resumes: options.total_resumes.0,
                revisions: options.total_revisions.0,
            },
            daily_changes: options.person_changes.0,
        }
    }
}

fn count(text: &str) -> Result<Bound, String> {
    match text {
        "none" | "0" => Ok(Bound(None)),
        _ => {
            text.parse().map(|count| Bound(Some(count))).map_err(|_| "expected a number, or none".to_owned())
        }
    }
}

/// Parses a number of bytes, with an optional unit of IEC 80000-13.
fn size(text: &str) -> Result<Bound, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return if text == "none" { Ok(Bound(None)) } else { Err(expected()) };
    }
    let shift = match unit {
        "" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        _ => return Err(expected()),
    };
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
    bytes.map(|bytes| Bound(Some(bytes).filter(|bytes| *bytes > 0))).ok_or_else(expected)
}

fn expected() -> String {
    "expected a size such as 256MiB or 268435456, or none".to_owned()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        quotas: QuotaOptions,
    }

    #[test]
    fn sizes_have_units_and_none_is_unlimited() {
        for (text, bytes) in [
            ("1", Some(1)),
            ("3KiB", Some(3 << 10)),
            ("256MiB", Some(256 << 20)),
            ("2GiB", Some(2 << 30)),
            ("1TiB", Some(1 << 40)),
            ("0", None),
            ("0MiB", None),
            ("none", None),
        ] {
            assert_eq!(size(text), Ok(Bound(bytes)), "{text}");
        }
        for text in [
            "",
            "MiB",
            "1MB",
            "1 MiB",
            "-1",
            "1.5GiB",
            "all",
            "18446744073709551615KiB",
            "99999999999999999999",
        ] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!(
            (count("7"), count("0"), count("none")),
            (Ok(Bound(Some(7))), Ok(Bound(None)), Ok(Bound(None)))
        );
        assert!(count("7k").is_err());
    }

    #[test]
    fn defaults_of_the_options_are_those_of_the_library() {
        let only = Only::try_parse_from(["vitaed"]).unwrap();
        assert_eq!(Quotas::from(only.quotas), Quotas::default());
    }
}
