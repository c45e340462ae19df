//! Limits of failed logins: how many are allowed and with which delays.
//!
//! Pure functions of a stored [`Budget`], a [`Limit`] and the time. A budget is a token bucket in the
//! form of the generic cell rate algorithm (GCRA): it stores the time when it is full again, so the number
//! of attempts in *any* span of time is bounded, and a full budget needs no row.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use vitae_contracts_core::{Timestamp, UserId, fold};
use vitae_server_common::EmailAddress;

const MINUTE: Duration = Duration::from_mins(1);

/// The number of attempts that may fail, and their delays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    /// Failed attempts allowed by a full budget.
    burst: i64,
    /// Failed attempts without a delay between them; from then on, each delay is twice the previous one.
    undelayed: i64,
    /// Milliseconds until one more attempt is allowed.
    interval: i64,
}

impl Limit {
    #[expect(clippy::cast_possible_truncation, reason = "the constants are minutes")]
    const fn new(burst: i64, undelayed: i64, interval: Duration) -> Self {
        Self { burst, undelayed, interval: interval.as_millis() as i64 }
    }
}

/// One account from unknown devices, one device, or one person's changes of their password:
/// 20 at once and one every 18 minutes, which is 100 in any 24 hours.
pub(crate) const GUESSES: Limit = Limit::new(20, 10, Duration::from_mins(18));
/// One IPv4 address or one IPv6 /64: 100 at once, 100 an hour.
const ADDRESS: Limit = Limit::new(100, 100, Duration::from_secs(36));
/// One IPv4 /24 or one IPv6 /48: 1,000 at once, 1,000 an hour.
const NETWORK: Limit = Limit::new(1000, 1000, Duration::from_millis(3600));
/// This machine: local programs, and proxies that do not forward client addresses.
const LOOPBACK: Limit = Limit::new(1000, 1000, Duration::from_millis(3600));
/// All unknown devices together: 6,000 at once, 6,000 an hour.
const TOTAL: Limit = Limit::new(6000, 6000, Duration::from_millis(600));
/// Events of single failed attempts: 500 at once, 1,440 a day; beyond that they are aggregated.
pub(crate) const EVENTS: Limit = Limit::new(500, 500, MINUTE);

/// The remaining part of a limit, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Budget {
    /// When the budget is full again, in milliseconds since 1970.
    pub(crate) full_at: i64,
    /// When the last attempt failed, in milliseconds since 1970.
    pub(crate) failed_at: i64,
}

impl Budget {
    /// Returns the budget after one more failed attempt.
    pub(crate) fn charge(self, limit: Limit, now: Timestamp) -> Self {
        let now = now.as_millis();
        let full_at = self.at(limit, now).full_at.max(now).saturating_add(limit.interval);
        Self { full_at, failed_at: now }
    }

    /// Returns how long the next attempt has to wait; `None` if it is allowed now.
    pub(crate) fn wait(self, limit: Limit, now: Timestamp) -> Option<Duration> {
        let now = now.as_millis();
        let budget = self.at(limit, now);
        let failed = budget.spent(limit, budget.failed_at);
        let doublings = u32::try_from(failed - limit.undelayed).ok().map(|extra| extra.min(32));
        let pause = doublings.map_or(0, |doublings| (1000_i64 << doublings).min(limit.interval));
        let token = budget.full_at - (limit.burst - 1) * limit.interval;
        let left = token.max(budget.failed_at + pause) - now;
        u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_millis)
    }

    /// Returns how many attempts may run at the same time; at least one.
    pub(crate) fn at_once(self, limit: Limit, now: Timestamp) -> i64 {
        let now = now.as_millis();
        (limit.undelayed - self.at(limit, now).spent(limit, now)).max(1)
    }

    /// Returns the budget at a time, which may be before the last attempt if the clock was set back.
    ///
    /// In that case the budget is spent as after that attempt, and no wait is longer than it was then.
    fn at(self, limit: Limit, now: i64) -> Self {
        let full_span = limit.burst * limit.interval;
        let clamped = |from: i64| self.full_at.clamp(from, from.saturating_add(full_span));
        if self.failed_at <= now {
            return Self { full_at: clamped(self.failed_at), ..self };
        }
        Self { full_at: now + (clamped(self.failed_at) - self.failed_at), failed_at: now }
    }

    /// Returns how many attempts are not yet allowed again at a time.
    fn spent(self, limit: Limit, at: i64) -> i64 {
        (self.full_at - at).max(0).saturating_add(limit.interval - 1) / limit.interval
    }
}

/// The subject of a budget. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ScopeKind {
    /// Logins of one e-mail from unknown devices.
    Account = 1,
    /// One person's changes of their own password.
    PasswordChange = 2,
    /// Logins from one address.
    Address = 3,
    /// Logins from one network.
    Network = 4,
    /// All logins from unknown devices.
    Total = 5,
    /// Events of single failed attempts.
    Events = 6,
}

/// The subject of a budget, with its limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) kind: ScopeKind,
    /// The account, person, address or network; stored as a keyed hash.
    pub(crate) name: String,
    pub(crate) limit: Limit,
}

impl Scope {
    fn new(kind: ScopeKind, name: impl Into<String>, limit: Limit) -> Self {
        Self { kind, name: name.into(), limit }
    }

    /// The account of an e-mail, whether or not there is one.
    pub(crate) fn account(email: &str) -> Self {
        // Folded first, as the users service does, so that every spelling of an address has the same budget.
        // The length was checked before, so leading blanks do not make it another address.
        let name = EmailAddress::stored(&fold(email)).canonical().to_owned();
        Self::new(ScopeKind::Account, name, GUESSES)
    }

    /// Changes of one's own password.
    pub(crate) fn password_change(user: UserId) -> Self {
        Self::new(ScopeKind::PasswordChange, user.to_string(), GUESSES)
    }

    /// Events of single failed attempts.
    pub(crate) fn events() -> Self {
        Self::new(ScopeKind::Events, "", EVENTS)
    }

    /// Returns the scopes of a client: its address, its network, and all clients.
    pub(crate) fn of_client(address: &str) -> Vec<Self> {
        let mut scopes = match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(v4)) if !v4.is_loopback() => {
                let [a, b, c, _] = v4.octets();
                vec![
                    Self::new(ScopeKind::Address, v4.to_string(), ADDRESS),
                    Self::new(ScopeKind::Network, format!("{a}.{b}.{c}.0/24"), NETWORK),
                ]
            }
            Ok(IpAddr::V6(v6)) if !v6.is_loopback() => vec![
                Self::new(ScopeKind::Address, format!("{}/64", prefix(v6, 4)), ADDRESS),
                Self::new(ScopeKind::Network, format!("{}/48", prefix(v6, 3)), NETWORK),
            ],
            // A call without an address did not come through the gateway: such ports are on loopback only.
            Ok(_) | Err(_) => vec![Self::new(ScopeKind::Address, "loopback", LOOPBACK)],
        };
        scopes.push(Self::new(ScopeKind::Total, "", TOTAL));
        scopes
    }
}

/// Returns the address with all but its first groups set to zero.
fn prefix(address: Ipv6Addr, groups: usize) -> Ipv6Addr {
    let mut segments = address.segments();
    segments.iter_mut().skip(groups).for_each(|segment| *segment = 0);
    segments.into()
}

/// Returns whether two addresses share a budget.
pub(crate) fn is_same_client(one: &str, other: &str) -> bool {
    Scope::of_client(one).first() == Scope::of_client(other).first()
}

/// Formats a wait in words, rounded up.
pub(crate) fn format_wait(wait: Duration) -> String {
    match wait.as_millis().div_ceil(1000) {
        1 => "1 second".to_owned(),
        seconds @ ..120 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn time(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + millis)
    }

    /// Returns the times of the attempts of a client that never waits longer than it has to.
    fn attempts(limit: Limit, span: Duration) -> Vec<Timestamp> {
        let (mut now, mut budget, mut made) = (time(0), Budget::default(), Vec::new());
        while now < time(0).plus(span) {
            match budget.wait(limit, now) {
                Some(wait) => now = now.plus(wait),
                None => {
                    made.push(now);
                    budget = budget.charge(limit, now);
                }
            }
        }
        made
    }

    #[test]
    fn at_most_a_hundred_guesses_in_any_24_hours() {
        let made = attempts(GUESSES, DAY * 4);
        for (at, first) in made.iter().enumerate() {
            let in_a_day = made[at..].iter().take_while(|other| **other < first.plus(DAY)).count();
            assert!(in_a_day <= 100, "{in_a_day} from {first}");
        }
        assert!(made.len() > 300, "the limit lets no more than {} through", made.len());
    }

    #[test]
    fn delay_doubles_after_ten_failures() {
        let made = attempts(GUESSES, Duration::from_mins(5));
        let waits: Vec<_> =
            made.windows(2).map(|pair| (pair[1].as_millis() - pair[0].as_millis()) / 1000).collect();
        assert_eq!(waits[..9], [0; 9]);
        assert_eq!(waits[9..], [1, 2, 4, 8, 16, 32, 64, 128]);
    }

    #[test]
    fn only_undelayed_attempts_run_concurrently() {
        let mut budget = Budget::default();
        let mut at_once = Vec::new();
        for _ in 0..12 {
            at_once.push(budget.at_once(GUESSES, time(0)));
            budget = budget.charge(GUESSES, time(0));
        }
        assert_eq!(at_once, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1, 1]);
    }

    #[test]
    fn spent_budget_is_full_after_six_hours() {
        let spent = (0..20).fold(Budget::default(), |budget, _| budget.charge(GUESSES, time(0)));
        let full = time(0).plus(Duration::from_hours(6));
        assert_eq!(spent.at_once(GUESSES, full.minus(Duration::from_millis(1))), 9);
        assert_eq!(spent.at_once(GUESSES, full), 10);
    }

    #[test]
    fn clock_jumps_neither_lock_accounts_nor_lift_limits() {
        let year = Duration::from_hours(24 * 365);
        let once = Budget::default().charge(GUESSES, time(0));
        let often = (0..20).fold(Budget::default(), |budget, _| budget.charge(GUESSES, time(0)));
        for back in [Duration::from_secs(1), Duration::from_hours(1), year] {
            let now = time(0).minus(back);
            assert_eq!(once.wait(GUESSES, now), None, "a single failure causes no wait");
            assert_eq!(once.at_once(GUESSES, now), 9);
            assert_eq!(often.wait(GUESSES, now), often.wait(GUESSES, time(0)), "the wait is unchanged");
            let next = often.charge(GUESSES, now);
            assert!(next.wait(GUESSES, now).unwrap() <= Duration::from_mins(36));
        }
        assert_eq!(often.wait(GUESSES, time(0).plus(year)), None);
        let damaged = Budget { full_at: i64::MAX, failed_at: 0 };
        assert_eq!(damaged.wait(GUESSES, time(0)), None);
    }

    #[test]
    fn client_scopes_are_address_network_and_total() {
        let names = |address: &str| -> Vec<_> {
            Scope::of_client(address).into_iter().map(|scope| (scope.kind, scope.name)).collect()
        };
        let network = |address: &str, network: &str| {
            vec![
                (ScopeKind::Address, address.to_owned()),
                (ScopeKind::Network, network.to_owned()),
                (ScopeKind::Total, String::new()),
            ]
        };
        assert_eq!(names("203.0.113.77"), network("203.0.113.77", "203.0.113.0/24"));
        assert_eq!(names("::ffff:203.0.113.77"), network("203.0.113.77", "203.0.113.0/24"));
        assert_eq!(names("2001:db8:1:2:3::4"), network("2001:db8:1:2::/64", "2001:db8:1::/48"));
        let loopback = names("127.0.0.1");
        for address in ["127.9.9.9", "::1", "::ffff:127.0.0.1", "", "no address"] {
            assert_eq!(names(address), loopback, "{address}");
        }
        assert!(is_same_client("2001:db8::1", "2001:db8::2") && !is_same_client("192.0.2.1", "192.0.2.2"));
    }

    #[test]
    fn spellings_of_an_email_share_a_budget() {
        assert_eq!(Scope::account("Ada@Example.com"), Scope::account(" ada@example.COM"));
        let padded = format!("{}ada@example.com", " ".repeat(300));
        assert_eq!(Scope::account("ada@example.com"), Scope::account(&padded));
        assert_eq!(Scope::account("ada@example.com"), Scope::account("ada@example\u{3002}com"));
        assert_ne!(Scope::account("ada@example.com"), Scope::account("eve@example.com"));
    }

    #[test]
    fn waits_are_rounded_up_to_seconds_or_minutes() {
        for (millis, text) in [
            (1, "1 second"),
            (1001, "2 seconds"),
            (119_001, "2 minutes"),
            (120_001, "3 minutes"),
            (1_080_000, "18 minutes"),
        ] {
            assert_eq!(format_wait(Duration::from_millis(millis)), text);
        }
    }
}
