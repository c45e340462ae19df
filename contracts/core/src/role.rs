//! The role and the status of a person.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! open_enum {
    ($(#[doc = $doc:literal])* $name:ident { $(#[doc = $vdoc:literal] $variant:ident = $text:literal,)* }) => {
        $(#[doc = $doc])*
        ///
        /// The text form is lower snake case. A value that this version does not know is
        /// kept unchanged, so that an older client can pass it on.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = $vdoc] $variant,)*
            /// A value from a newer server, as text.
            Other(String),
        }

        impl $name {
            /// All values that this version knows, in display order.
            pub const KNOWN: &[Self] = &[$(Self::$variant),*];

            /// Returns the text form.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }

            /// Returns the value with this text form, if this version knows it.
            pub fn parse_known(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::parse_known(&text).unwrap_or(Self::Other(text))
            }
        }

        impl FromStr for $name {
            type Err = Infallible;

            fn from_str(text: &str) -> Result<Self, Infallible> {
                Ok(Self::from(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                crate::text::write_escaped(self.as_str(), f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

open_enum! {
    /// The role of a person; the table of routes defines the permissions of each role.
    Role {
        /// Full rights, including managing people.
        Admin = "admin",
        /// Can read people, and read and change all resumes.
        Editor = "editor",
        /// Can read people and all resumes.
        Viewer = "viewer",
        /// Can read their own account, and read and change their own resumes.
        Member = "member",
    }
}

open_enum! {
    /// The status of a person's account. Deletion is not a status: a deleted person has `deleted_at`.
    Status {
        /// The person may log in.
        Active = "active",
        /// The person may not log in; their data is kept.
        Disabled = "disabled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_value_is_kept() {
        let role = Role::from("auditor".to_owned());
        assert_eq!(role, Role::Other("auditor".to_owned()));
        assert_eq!(role.as_str(), "auditor");
    }

    #[test]
    fn displayed_value_is_escaped() {
        assert_eq!(Role::Other("\u{1b}]0;x\u{7}".to_owned()).to_string(), "\\u{1b}]0;x\\u{7}");
    }
}
