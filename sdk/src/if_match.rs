//! The version that a change is based on.

use std::fmt;

/// The version that an object must have for a change to happen (RFC 9110, section 13.1.1).
///
/// `version` of a person, `revision` of a resume. If the object has another version, the call fails with
/// [`is_precondition_failed`](crate::Error::is_precondition_failed).
///
/// ```
/// use vitae_sdk::IfMatch;
///
/// assert_eq!(IfMatch::Version(7).to_string(), "\"7\"");
/// assert_eq!(IfMatch::Any.to_string(), "*");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IfMatch {
    /// Exactly this version.
    Version(u64),
    /// Any version: the last writer wins.
    Any,
}

impl fmt::Display for IfMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "\"{version}\""),
            Self::Any => f.write_str("*"),
        }
    }
}
