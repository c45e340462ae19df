//! Typed ids: UUID version 7 (RFC 9562, section 5.7).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not a hyphenated UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidId;

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a hyphenated UUID, as in 0199c2f0-1b2a-7c3d-8e4f-5a6b7c8d9e0f")
    }
}

impl std::error::Error for InvalidId {}

/// Parses the hyphenated form only, so that each object has exactly one URL.
fn parse(text: &str) -> Result<Uuid, InvalidId> {
    if text.len() != uuid::fmt::Hyphenated::LENGTH {
        return Err(InvalidId);
    }
    Uuid::try_parse(text).map_err(|_| InvalidId)
}

macro_rules! typed_id {
    ($(#[doc = $doc:literal] $name:ident)*) => {$(
        #[doc = $doc]
        ///
        /// The text form is lower case and hyphenated. It is stored as 16 bytes.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Creates a new id; ids created later sort later.
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// Creates an id from its 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// Returns the 16 bytes that are stored.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse(text).map(Self)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = InvalidId;

            fn try_from(bytes: &[u8]) -> Result<Self, InvalidId> {
                Uuid::from_slice(bytes).map(Self).map_err(|_| InvalidId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut buffer = Uuid::encode_buffer();
                serializer.serialize_str(self.0.as_hyphenated().encode_lower(&mut buffer))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

typed_id! {
    /// The id of a person.
    UserId
    /// The id of a resume.
    ResumeId
    /// The id of a session, which is one login of one person.
    SessionId
    /// The id of a committed event.
    EventId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips() {
        let id = ResumeId::new();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(ResumeId::try_from(id.as_bytes().as_slice()), Ok(id));
    }

    #[test]
    fn other_uuid_forms_are_rejected() {
        let id = UserId::new().to_string();
        for text in [id.replace('-', ""), format!("{{{id}}}"), format!("urn:uuid:{id}"), String::new()] {
            assert_eq!(text.parse::<UserId>(), Err(InvalidId), "{text:?}");
        }
    }
}
