//! Places of the console as text: `vitae://users?role=admin`, or `users role=admin` after a colon.

use std::fmt::{self, Write as _};

use vitae_sdk::{ResumeId, Role, Status, UserId};

use crate::client::collection::{Collection, Seek, Sort};
use crate::client::row::RowId;

/// The scheme of addresses.
pub(crate) const SCHEME: &str = "vitae://";

/// Somewhere to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    List {
        collection: Collection,
        query: String,
        sort: Option<Sort>,
        seek: Option<Seek>,
    },
    Person(UserId),
    /// The person who has this e-mail.
    PersonByEmail(String),
    /// The resumes of the person who has this e-mail.
    ResumesOf(String),
    Resume(ResumeId),
    /// A revision, compared with another or with the one before.
    Change(ResumeId, Option<u64>, u64),
    MySessions,
    Health,
    Organisation,
    Log,
}

/// The screen that a lookup by e-mail address opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookupPurpose {
    Person,
    Resumes,
}

impl LookupPurpose {
    pub(crate) fn location_of(self, id: UserId) -> Location {
        match self {
            Self::Person => Location::Person(id),
            Self::Resumes => {
                Location::list(Collection::Resumes { owner: Some(id), tag: None, deleted: false })
            }
        }
    }
}

/// The users who may go to a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    Everyone,
    /// Everyone as soon as the server has said who is logged in.
    LoggedIn,
    /// Viewers, editors and administrators.
    NotMembers,
    Admins,
}

/// Words that begin a place, with what can follow.
pub(crate) const WORDS: &[(&str, &str)] = &[
    ("users", "[WORDS] role= status= sort="),
    ("resumes", "[WORDS] owner= tag= sort="),
    ("audit", "[ACTION] actor= object= sort="),
    ("trash", "users | resumes"),
    ("user", "ID | EMAIL"),
    ("resume", "ID"),
    ("revisions", "ID [sort=]"),
    ("sessions", "your own"),
    ("health", "requests, errors, latency of the server"),
    ("organisation", "figures about people and resumes, storage, versions"),
    ("log", "messages of this console"),
];

/// Whether a text is one of these words, so that only what follows can be missing.
pub(crate) fn is_word(text: &str) -> bool {
    WORDS.iter().any(|(word, _)| *word == text.trim())
}

impl Location {
    /// Returns the location of a whole collection in its usual order.
    pub(crate) fn list(collection: Collection) -> Self {
        Self::filtered(collection, "")
    }

    /// Returns the location of the rows of a collection that match a query.
    pub(crate) fn filtered(collection: Collection, query: &str) -> Self {
        let sort = collection.sorts().first().copied();
        Self::List { collection, query: query.to_owned(), sort, seek: None }
    }

    /// Returns the e-mail address to look up before the location can be opened, and the purpose.
    pub(crate) fn lookup(&self) -> Option<(&str, LookupPurpose)> {
        match self {
            Self::PersonByEmail(email) => Some((email, LookupPurpose::Person)),
            Self::ResumesOf(email) => Some((email, LookupPurpose::Resumes)),
            _ => None,
        }
    }

    /// Returns the rights that the server requires for the location.
    pub(crate) fn rights(&self) -> Rights {
        match self {
            Self::List { collection: Collection::Audit { .. }, .. } => Rights::Admins,
            Self::List { collection: Collection::Users { .. }, .. } | Self::Organisation => {
                Rights::NotMembers
            }
            Self::MySessions => Rights::LoggedIn,
            Self::List { .. }
            | Self::Person(_)
            | Self::PersonByEmail(_)
            | Self::ResumesOf(_)
            | Self::Resume(_)
            | Self::Change(..)
            | Self::Health
            | Self::Log => Rights::Everyone,
        }
    }

    /// Parses a typed or pasted location, as words or as an address.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text.strip_prefix(SCHEME) {
            Some(address) => Self::of_words(&words_of(address)?),
            None => {
                let words: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
                Self::of_words(&words)
            }
        }
    }

    fn of_words(words: &[String]) -> Result<Self, String> {
        let (first, rest) = match words {
            [] => return Err("type a destination, such as users role=admin".to_owned()),
            [first, rest @ ..] => (first.as_str(), rest),
        };
        let one = || match rest {
            [one] => Ok(one.as_str()),
            _ => Err(format!("{first} requires one id")),
        };
        match first {
            "users" | "people" => List::read(rest, Collection::PEOPLE).map(List::place),
            "resumes" => List::read(rest, Collection::RESUMES).map(List::place),
            "audit" => List::read(rest, Collection::AUDIT).map(List::place),
            "trash" => match rest {
                [word] if word == "resumes" => List::read(&[], Collection::DELETED_RESUMES).map(List::place),
                [word, rest @ ..] if word == "users" => {
                    List::read(rest, Collection::DELETED_PEOPLE).map(List::place)
                }
                [] => List::read(&[], Collection::DELETED_PEOPLE).map(List::place),
                _ => Err("trash must be followed by users or resumes".to_owned()),
            },
            "user" | "person" => match one()? {
                email if email.contains('@') => Ok(Self::PersonByEmail(email.to_owned())),
                id => id.parse().map(Self::Person).map_err(|error| error.to_string()),
            },
            "resume" => one()?.parse().map(Self::Resume).map_err(|error| error.to_string()),
            "revisions" => {
                let (id, rest) = rest.split_first().ok_or("revisions requires the id of a resume")?;
                let id = id.parse().map_err(|error: vitae_sdk::InvalidId| error.to_string())?;
                List::read(rest, Collection::Revisions(id)).map(List::place)
            }
            "change" => change(rest),
            "sessions" => Ok(Self::MySessions),
            "health" | "pulses" => Ok(Self::Health),
            "organisation" | "org" => Ok(Self::Organisation),
            "log" => Ok(Self::Log),
            _ => Err(format!(
                "unknown destination {first:?}; try users, resumes, audit, trash, sessions, health, organisation or log"
            )),
        }
    }
}

fn change(words: &[String]) -> Result<Location, String> {
    let read = || {
        let (id, numbers) = words.split_first()?;
        let numbers: Vec<u64> = numbers.iter().map(|n| n.parse().ok()).collect::<Option<_>>()?;
        let id = id.parse().ok()?;
        match numbers[..] {
            [to] => Some(Location::Change(id, None, to)),
            [from, to] => Some(Location::Change(id, Some(from), to)),
            _ => None,
        }
    };
    read().ok_or_else(|| "change requires the id of a resume and one or two revisions".to_owned())
}

/// A list while it is read.
struct List {
    collection: Collection,
    words: Vec<String>,
    sort: Option<Sort>,
    seek: Option<Seek>,
    owner_email: Option<String>,
}

impl List {
    fn read(words: &[String], collection: Collection) -> Result<Self, String> {
        let mut list = Self { collection, words: Vec::new(), sort: None, seek: None, owner_email: None };
        for word in words {
            match word.split_once('=') {
                Some((key, value)) => list.set(key, value)?,
                None => list.words.push(word.clone()),
            }
        }
        Ok(list)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let no_id = |error: vitae_sdk::InvalidId| format!("{key}: {error}");
        match (&mut self.collection, key) {
            (_, "q") => self.words.push(value.to_owned()),
            (_, "sort") => self.sort = Some(self.order(value)?),
            (_, "at") => self.seek = Some(self.row(value)?),
            (Collection::Users { role, .. }, "role") => {
                *role = Some(Role::parse_known(value).ok_or("role must be admin, editor, viewer or member")?);
            }
            (Collection::Users { status, .. }, "status") => {
                *status = Some(Status::parse_known(value).ok_or("status must be active or disabled")?);
            }
            (Collection::Resumes { .. }, "owner") if value.contains('@') => {
                self.owner_email = Some(value.to_owned());
            }
            (Collection::Resumes { owner, .. }, "owner") => *owner = Some(value.parse().map_err(no_id)?),
            (Collection::Resumes { tag, .. }, "tag") => *tag = Some(value.to_owned()),
            (Collection::Audit { actor, .. }, "actor") => *actor = Some(value.parse().map_err(no_id)?),
            (Collection::Audit { object, .. }, "object") => *object = Some(value.to_owned()),
            _ => return Err(format!("{} have no {key:?}", self.collection.title().to_lowercase())),
        }
        Ok(())
    }

    fn order(&self, text: &str) -> Result<Sort, String> {
        let (descending, key) = text.strip_prefix('-').map_or((false, text), |key| (true, key));
        let known = self.collection.sorts().iter().find(|sort| sort.key == key);
        let known = known.ok_or_else(|| {
            let keys: Vec<_> = self.collection.sorts().iter().map(|sort| sort.key).collect();
            format!("sort must be one of {}; prefix it with - for descending order", keys.join(", "))
        })?;
        Ok(Sort { descending, ..*known })
    }

    fn row(&self, text: &str) -> Result<Seek, String> {
        let id = match self.collection {
            Collection::Users { .. } => text.parse().ok().map(RowId::User),
            Collection::Resumes { .. } => text.parse().ok().map(RowId::Resume),
            Collection::Revisions(_) | Collection::Sessions(_) | Collection::Audit { .. } => None,
        };
        let number = text.parse::<u64>().ok().filter(|_| self.collection.is_counted());
        let ordinal = number.and_then(|number| number.checked_sub(1)).map(Seek::Ordinal);
        id.map(Seek::Row).or(ordinal).ok_or_else(|| "at requires the id or the number of a row".to_owned())
    }

    fn place(self) -> Location {
        match self.owner_email {
            Some(email) => Location::ResumesOf(email),
            None => {
                let sort = self.sort.or_else(|| self.collection.sorts().first().copied());
                let query = self.words.join(" ");
                Location::List { collection: self.collection, query, sort, seek: self.seek }
            }
        }
    }
}

/// The words of an address: path and query, unescaped.
fn words_of(address: &str) -> Result<Vec<String>, String> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let path = path.split('/').filter(|part| !part.is_empty());
    let query = query.split('&').filter(|part| !part.is_empty());
    path.chain(query).map(unescaped).collect()
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err("% in an address must be followed by two hexadecimal digits".to_owned());
        };
        bytes.extend(u8::try_from(high * 16 + low));
    }
    String::from_utf8(bytes).map_err(|_| "the address is not UTF-8".to_owned())
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'@' => out.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

impl fmt::Display for Location {
    /// Writes the address of the location.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        match self {
            Self::List { collection, query, sort, seek } => {
                f.write_str(&list_address(collection, query, *sort, *seek))
            }
            Self::Person(id) => write!(f, "user/{id}"),
            Self::PersonByEmail(email) => write!(f, "user/{}", escaped(email)),
            Self::ResumesOf(email) => write!(f, "resumes?owner={}", escaped(email)),
            Self::Resume(id) => write!(f, "resume/{id}"),
            Self::Change(id, None, to) => write!(f, "change/{id}/{to}"),
            Self::Change(id, Some(from), to) => write!(f, "change/{id}/{from}/{to}"),
            Self::MySessions => f.write_str("sessions"),
            Self::Health => f.write_str("health"),
            Self::Organisation => f.write_str("organisation"),
            Self::Log => f.write_str("log"),
        }
    }
}

fn list_address(collection: &Collection, query: &str, sort: Option<Sort>, seek: Option<Seek>) -> String {
    let mut parts: Vec<(&str, String)> = Vec::new();
    let mut address = match collection {
        Collection::Users { role, status, deleted } => {
            parts.extend(role.as_ref().map(|role| ("role", role.as_str().to_owned())));
            parts.extend(status.as_ref().map(|status| ("status", status.as_str().to_owned())));
            if *deleted { "trash/users" } else { "users" }.to_owned()
        }
        Collection::Resumes { owner, tag, deleted } => {
            parts.extend(owner.map(|owner| ("owner", owner.to_string())));
            parts.extend(tag.clone().map(|tag| ("tag", tag)));
            if *deleted { "trash/resumes" } else { "resumes" }.to_owned()
        }
        Collection::Audit { actor, object } => {
            parts.extend(actor.map(|actor| ("actor", actor.to_string())));
            parts.extend(object.clone().map(|object| ("object", object)));
            "audit".to_owned()
        }
        Collection::Revisions(id) => format!("revisions/{id}"),
        Collection::Sessions(_) => return "sessions".to_owned(),
    };
    if !query.is_empty() {
        parts.push(("q", query.to_owned()));
    }
    if sort != collection.sorts().first().copied() {
        parts.extend(sort.map(|sort| ("sort", sort.parameter(false))));
    }
    match seek {
        Some(Seek::Row(RowId::User(id))) => parts.push(("at", id.to_string())),
        Some(Seek::Row(RowId::Resume(id))) => parts.push(("at", id.to_string())),
        Some(Seek::Ordinal(ordinal)) => parts.push(("at", (ordinal + 1).to_string())),
        Some(Seek::Row(RowId::Revision(_) | RowId::Session(_) | RowId::Entry(_))) | None => {}
    }
    for (at, (key, value)) in parts.iter().enumerate() {
        address.push(if at == 0 { '?' } else { '&' });
        address.push_str(key);
        address.push('=');
        address.push_str(&escaped(value));
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(text: &str) -> String {
        Location::parse(text).map_or_else(|error| error, |location| location.to_string())
    }

    #[test]
    fn typed_form_and_address_are_the_same_location() {
        for (typed, address) in [
            ("users", "vitae://users"),
            ("users role=admin ada  lovelace", "vitae://users?role=admin&q=ada%20lovelace"),
            ("resumes tag=rust sort=-title", "vitae://resumes?tag=rust&sort=-title"),
            ("audit users.", "vitae://audit?q=users."),
            ("audit sort=sequence", "vitae://audit?sort=sequence"),
            (
                "revisions 01010101-0101-0101-0101-010101010101 sort=revision",
                "vitae://revisions/01010101-0101-0101-0101-010101010101?sort=revision",
            ),
            ("trash", "vitae://trash/users"),
            ("trash resumes", "vitae://trash/resumes"),
            ("resumes at=12", "vitae://resumes?at=12"),
            ("health", "vitae://health"),
            ("org", "vitae://organisation"),
            ("log", "vitae://log"),
            ("sessions", "vitae://sessions"),
            ("user ada@example.com", "vitae://user/ada@example.com"),
            ("resumes 名前", "vitae://resumes?q=%E5%90%8D%E5%89%8D"),
        ] {
            assert_eq!(round_trip(typed), address);
            assert_eq!(round_trip(address), address);
        }
    }

    #[test]
    fn former_word_for_health_is_accepted() {
        assert_eq!(Location::parse("pulses"), Ok(Location::Health));
        assert_eq!(Location::parse("vitae://pulses"), Ok(Location::Health));
    }

    #[test]
    fn invalid_location_says_why() {
        for (typed, why) in [
            ("", "type a destination"),
            ("nowhere", "unknown destination \"nowhere\""),
            ("users role=king", "role must be admin"),
            ("users tag=rust", "people have no \"tag\""),
            ("resume 7", "expected a hyphenated UUID"),
            ("user", "user requires one id"),
            ("vitae://users?q=%zz", "followed by two hexadecimal digits"),
            ("vitae://users?q=%ff", "not UTF-8"),
        ] {
            let error = Location::parse(typed).unwrap_err();
            assert!(error.contains(why), "{typed}: {error}");
        }
    }
}
