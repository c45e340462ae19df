//! Selection of the profile for a server or a login.

use vitae_sdk::server_origin;

use crate::config::{Config, Profile};
use crate::errors::Failure;
use crate::settings::server_of;

impl Config {
    /// Returns the profile of a server, unless the current profile is at that server.
    pub(crate) fn profile_at(&self, server: &str) -> Option<String> {
        let origin = server_origin(server).ok()?;
        let current = self.current.as_ref().and_then(|name| self.profiles.get(name));
        if current.is_some_and(|profile| profile.is_at(&origin)) {
            return None;
        }
        let (name, _) = self.profiles.iter().find(|(_, profile)| profile.is_at(&origin))?;
        Some(name.clone())
    }

    /// Returns the name of the profile for a login of this account at this server.
    ///
    /// The profile that has this login, or `wanted` if it has no account; otherwise a new name, so
    /// that no login replaces another.
    pub(crate) fn profile_for(&self, wanted: &str, origin: &str, account: &str) -> String {
        let is_theirs =
            |profile: &Profile| profile.is_at(origin) && profile.account.as_deref() == Some(account);
        if let Some((name, _)) = self.profiles.iter().find(|(_, profile)| is_theirs(profile)) {
            return name.clone();
        }
        let is_free = |profile: &Profile| {
            profile.account.is_none() && (profile.server.is_none() || profile.is_at(origin))
        };
        if self.profiles.get(wanted).is_none_or(is_free) {
            return wanted.to_owned();
        }
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.@".contains(c) { c } else { '-' };
        let name: String = account.chars().map(plain).take(60).collect();
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let mut names = std::iter::once(name.clone()).chain(numbered);
        names.find(|name| !self.profiles.contains_key(name)).expect("there are more numbers than profiles")
    }
}

impl Profile {
    /// Whether the profile is at this server.
    pub(crate) fn is_at(&self, origin: &str) -> bool {
        server_origin(&server_of(self).value).is_ok_and(|own| own == origin)
    }
}

/// Checks that a profile name is easy to type and safe to print.
pub(crate) fn check_name(name: &str) -> Result<(), Failure> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
    if !name.is_empty() && name.len() <= 64 && name.chars().all(is_plain) {
        return Ok(());
    }
    Err(Failure::usage(format!("\"{name}\" is not a valid profile name"))
        .next("use up to 64 letters, digits, dots, dashes, underscores and at signs"))
}
