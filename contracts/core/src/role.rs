//! What a person may do, and whether they may log in.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! open_enum {
    ($(#[doc = $doc:literal])* $name:ident { $(#[doc = $vdoc:literal] $variant:ident = $text:literal,)* }) => {
        $(#[doc = $doc])*
        ///
        /// Text form: lower snake case. A value that this version does not know is
        /// kept as it came, so that an older client can carry it.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = $vdoc] $variant,)*
            /// A value of a newer server, as text.
            Other(String),
        }

        impl $name {
            /// Every value that this version knows, in their usual order.
            pub const KNOWN: &[Self] = &[$(Self::$variant),*];

            /// The text form.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }

            /// The value of this text, if this version knows it.
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
    /// What a person may do; the table of routes says what each role includes.
    Role {
        /// Everything, people included.
        Admin = "admin",
        /// Reads people, writes every resume.
        Editor = "editor",
        /// Reads people and resumes.
        Viewer = "viewer",
        /// Their own person and their own resumes.
        Member = "member",
    }
}

open_enum! {
    /// Whether a person may log in. A deleted person has `deleted_at` instead.
    Status {
        /// May log in.
        Active = "active",
        /// May not log in; everything of theirs stays.
        Disabled = "disabled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_servers_value_survives() {
        let role = Role::from("auditor".to_owned());
        assert_eq!(role, Role::Other("auditor".to_owned()));
        assert_eq!(role.as_str(), "auditor");
    }

    #[test]
    fn a_hostile_value_does_not_act_on_the_terminal() {
        assert_eq!(Role::Other("\u{1b}]0;x\u{7}".to_owned()).to_string(), "\\u{1b}]0;x\\u{7}");
    }
}
