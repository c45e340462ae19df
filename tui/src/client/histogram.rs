//! Histograms of durations, with cumulative buckets as in Prometheus.

use serde::{Deserialize, Deserializer, Serialize};

/// A histogram of durations.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Histogram {
    /// The upper bounds in seconds, ascending, each with the cumulative count.
    #[serde(deserialize_with = "bounded")]
    buckets: Vec<(f64, u64)>,
}

/// JSON has no infinity, so the bound of the last bucket is null.
fn bounded<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(f64, u64)>, D::Error> {
    let buckets = Vec::<(Option<f64>, u64)>::deserialize(from)?;
    Ok(buckets.into_iter().map(|(bound, all)| (bound.unwrap_or(f64::INFINITY), all)).collect())
}

/// A quantile in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Quantile {
    About(f64),
    /// Beyond the last finite bucket bound.
    AtLeast(f64),
}

/// The maximum number of buckets; Vitae's histograms have fifteen.
const BUCKETS: usize = 64;

impl Histogram {
    /// Adds a cumulative count for a bound.
    pub(crate) fn put(&mut self, bound: f64, count: u64) {
        if bound.is_nan() || bound <= 0.0 {
            return;
        }
        let at = self.buckets.partition_point(|(known, _)| *known < bound);
        let is_full = self.buckets.len() >= BUCKETS;
        match self.buckets.get_mut(at) {
            Some((known, sum)) if *known <= bound => *sum = sum.saturating_add(count),
            _ if is_full => {}
            _ => self.buckets.insert(at, (bound, count)),
        }
    }

    /// Adds another histogram.
    pub(crate) fn add(&mut self, other: &Self) {
        for (bound, count) in &other.buckets {
            self.put(*bound, *count);
        }
    }

    /// Returns the increase since an earlier state.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let known = |bound: f64| {
            let at = before.buckets.partition_point(|(known, _)| *known < bound);
            before.buckets.get(at).filter(|(known, _)| *known <= bound).map_or(0, |(_, count)| *count)
        };
        let gained = |(bound, count): &(f64, u64)| (*bound, count.saturating_sub(known(*bound)));
        Self { buckets: self.buckets.iter().map(gained).collect() }
    }

    /// Returns the total count.
    pub(crate) fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| *count).max().unwrap_or_default()
    }

    /// Returns a quantile, computed like `histogram_quantile` of Prometheus:
    /// values are assumed to be distributed evenly within a bucket.
    pub(crate) fn quantile(&self, part: f64) -> Option<Quantile> {
        let rank = part * float(self.count());
        let (mut lower, mut below) = (0.0, 0);
        for (bound, count) in &self.buckets {
            // A scrape is not atomic, so a cumulative count can be lower than the one before it.
            let upto = below.max(*count);
            if upto > 0 && float(upto) >= rank {
                return Some(if bound.is_infinite() {
                    Quantile::AtLeast(lower)
                } else {
                    let share = (rank - float(below)) / float(upto - below).max(1.0);
                    Quantile::About(lower + (bound - lower) * share)
                });
            }
            (lower, below) = (*bound, upto);
        }
        None
    }
}

impl Quantile {
    /// Returns the seconds; a lower bound for [`Quantile::AtLeast`].
    pub(crate) fn seconds(self) -> f64 {
        let (Self::About(seconds) | Self::AtLeast(seconds)) = self;
        seconds
    }
}

/// Converts a count for arithmetic; displayed counts are far below the limit of exact integers.
pub(crate) fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(buckets: &[(f64, u64)]) -> Histogram {
        let mut histogram = Histogram::default();
        for (bound, count) in buckets {
            histogram.put(*bound, *count);
        }
        histogram
    }

    const END: f64 = f64::INFINITY;

    /// The expected values are those of `histogram_quantile` (Prometheus 3, `promql/quantile.go`).
    #[test]
    fn quantiles_are_those_of_prometheus() {
        let even = of(&[(0.1, 10), (0.2, 20), (0.5, 30), (END, 40)]);
        let first = of(&[(0.1, 4), (1.0, 4), (END, 4)]);
        for (histogram, part, expected) in [
            (&even, 0.25, Quantile::About(0.1)),
            (&even, 0.5, Quantile::About(0.2)),
            (&even, 0.625, Quantile::About(0.35)),
            (&even, 0.75, Quantile::About(0.5)),
            (&even, 0.99, Quantile::AtLeast(0.5)),
            (&first, 0.5, Quantile::About(0.05)),
            (&first, 0.99, Quantile::About(0.099)),
        ] {
            let found = histogram.quantile(part).unwrap();
            assert!((found.seconds() - expected.seconds()).abs() < 1e-9, "{part}: {found:?}");
            assert_eq!(matches!(found, Quantile::AtLeast(_)), matches!(expected, Quantile::AtLeast(_)));
        }
        assert_eq!(of(&[(0.1, 0), (END, 0)]).quantile(0.5), None);
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn since_returns_the_increase() {
        let before = of(&[(0.1, 5), (1.0, 7), (END, 7)]);
        let after = of(&[(0.1, 5), (1.0, 9), (END, 10)]);
        let gained = after.since(&before);
        assert_eq!(gained, of(&[(0.1, 0), (1.0, 2), (END, 3)]));
        assert_eq!(gained.count(), 3);
        assert_eq!(gained.quantile(0.5), Some(Quantile::About(0.1 + 0.9 * 0.75)));
        // Decreasing counts do not underflow.
        assert_eq!(before.since(&after).count(), 0);
        assert_eq!(after.since(&Histogram::default()), after);
    }

    #[test]
    fn quantiles_of_arbitrary_buckets_are_plausible() {
        let mut odd = of(&[(1.0, 9), (0.1, 5), (f64::NAN, 3), (END, 2), (0.5, u64::MAX)]);
        odd.add(&odd.clone());
        for part in [0.0, 0.5, 0.99, 1.0] {
            let found = odd.quantile(part).map(Quantile::seconds).unwrap();
            assert!((0.0..=1.0).contains(&found), "{part}: {found}");
        }
        let many: Vec<_> = (0..10_000_u32).map(|at| (f64::from(at), 1)).collect();
        assert_eq!(of(&many).buckets.len(), BUCKETS);
    }
}
