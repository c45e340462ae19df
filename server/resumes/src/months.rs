//! Calendar months in UTC.

use vitae_contracts_core::Timestamp;

/// A month in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Month {
    /// The text form, such as `2026-11`.
    pub(crate) text: String,
    /// The first instant.
    pub(crate) start: Timestamp,
}

/// Returns the last `count` months up to that of `now`, oldest first, but none before 1970.
pub(crate) fn last_months(now: Timestamp, count: u32) -> Vec<Month> {
    let text = now.to_string();
    let number = |range: std::ops::Range<usize>| {
        text.get(range).and_then(|digits| digits.parse::<u32>().ok()).unwrap_or_default()
    };
    // Months since the year 0.
    let current = number(0..4) * 12 + number(5..7) - 1;
    let first = current.saturating_sub(count - 1).max(1970 * 12);
    let month = |number: u32| {
        let text = format!("{:04}-{:02}", number / 12, number % 12 + 1);
        let start = format!("{text}-01").parse().ok()?;
        Some(Month { text, start })
    };
    (first..=current).filter_map(month).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_cross_the_year_and_end_with_the_current_one() {
        let texts = |now: &str, count| {
            let months = last_months(now.parse().unwrap(), count);
            months.into_iter().map(|month| month.text).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(texts("2026-02-28T23:59:59.999Z", 4), "2025-11 2025-12 2026-01 2026-02");
        assert_eq!(texts("2026-12-01T00:00:00.000Z", 1), "2026-12");
        assert_eq!(texts("1970-02-01T00:00:00.000Z", 24), "1970-01 1970-02");
        let months = last_months("2026-11-30T10:00:00Z".parse().unwrap(), 2);
        assert_eq!(months[1].start.to_string(), "2026-11-01T00:00:00.000Z");
    }
}
