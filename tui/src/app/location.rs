//! Places of the console as text: `vitae://users?role=admin`, or `users role=admin` after a colon.

use std::fmt::Write as _;

use vitae_sdk::{ResumeId, Role, Status, UserId};

use crate::client::collection::{Collection, Sort};
use crate::client::row::{Row, RowId};
use crate::screens::Screen;
use crate::widgets::table::Table;
use crate::widgets::text_viewer::Subject;

/// What every address begins with.
pub(crate) const SCHEME: &str = "vitae://";

/// Somewhere to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    List {
        collection: Collection,
        query: String,
        sort: Option<Sort>,
        seek: Option<RowId>,
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
    Log,
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
    ("log", "every notice"),
];

/// Whether a text is one of these words, so that only what follows can be missing.
pub(crate) fn is_word(text: &str) -> bool {
    WORDS.iter().any(|(word, _)| *word == text.trim())
}

impl Location {
    /// Reads what somebody typed or pasted, in either form.
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
            [] => return Err("type where to go, as in users role=admin".to_owned()),
            [first, rest @ ..] => (first.as_str(), rest),
        };
        let one = || match rest {
            [one] => Ok(one.as_str()),
            _ => Err(format!("{first} wants one id")),
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
                _ => Err("trash is of users or of resumes".to_owned()),
            },
            "user" | "person" => match one()? {
                email if email.contains('@') => Ok(Self::PersonByEmail(email.to_owned())),
                id => id.parse().map(Self::Person).map_err(|error| error.to_string()),
            },
            "resume" => one()?.parse().map(Self::Resume).map_err(|error| error.to_string()),
            "revisions" => {
                let (id, rest) = rest.split_first().ok_or("revisions wants the id of a resume")?;
                let id = id.parse().map_err(|error: vitae_sdk::InvalidId| error.to_string())?;
                List::read(rest, Collection::Revisions(id)).map(List::place)
            }
            "change" => change(rest),
            "sessions" => Ok(Self::MySessions),
            "health" | "pulses" => Ok(Self::Health),
            "log" => Ok(Self::Log),
            _ => Err(format!(
                "there is no {first:?}; try users, resumes, audit, trash, sessions, health or log"
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
    read().ok_or_else(|| "change wants the id of a resume and one or two revisions".to_owned())
}

/// A list while it is read.
struct List {
    collection: Collection,
    words: Vec<String>,
    sort: Option<Sort>,
    seek: Option<RowId>,
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
                *role = Some(Role::parse_known(value).ok_or("role is admin, editor, viewer or member")?);
            }
            (Collection::Users { status, .. }, "status") => {
                *status = Some(Status::parse_known(value).ok_or("status is active or disabled")?);
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
            format!("sort is one of {}, with - before it descending", keys.join(", "))
        })?;
        Ok(Sort { descending, ..*known })
    }

    fn row(&self, text: &str) -> Result<RowId, String> {
        let read = match self.collection {
            Collection::Users { .. } => text.parse().ok().map(RowId::User),
            Collection::Resumes { .. } => text.parse().ok().map(RowId::Resume),
            _ => None,
        };
        read.ok_or_else(|| "at wants the id of a row".to_owned())
    }

    fn place(self) -> Location {
        match self.owner_email {
            Some(email) => Location::ResumesOf(email),
            None => Location::List {
                collection: self.collection,
                query: self.words.join(" "),
                sort: self.sort,
                seek: self.seek,
            },
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
            return Err("a % in an address is followed by two digits".to_owned());
        };
        bytes.extend(u8::try_from(high * 16 + low));
    }
    String::from_utf8(bytes).map_err(|_| "the address is not UTF-8".to_owned())
}

fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'@' => out.push(char::from(byte)),
            // Writing to a String cannot fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
}

/// The address of a screen.
pub(crate) fn address(screen: &Screen) -> String {
    match screen {
        Screen::Table(table) => address_of_list(table),
        Screen::Person(person) => format!("{SCHEME}user/{}", person.id),
        Screen::Reader(reader) => match reader.subject {
            Subject::Resume(id, _) => format!("{SCHEME}resume/{id}"),
            Subject::Change(id, None, to) => format!("{SCHEME}change/{id}/{to}"),
            Subject::Change(id, Some(from), to) => format!("{SCHEME}change/{id}/{from}/{to}"),
        },
        Screen::Health(_) => format!("{SCHEME}health"),
        Screen::Log(_) => format!("{SCHEME}log"),
    }
}

fn address_of_list(table: &Table) -> String {
    let mut parts: Vec<(&str, String)> = Vec::new();
    let mut of = String::new();
    let path = match &table.collection {
        Collection::Users { role, status, deleted } => {
            parts.extend(role.as_ref().map(|role| ("role", role.as_str().to_owned())));
            parts.extend(status.as_ref().map(|status| ("status", status.as_str().to_owned())));
            if *deleted { "trash/users" } else { "users" }
        }
        Collection::Resumes { owner, tag, deleted } => {
            parts.extend(owner.map(|owner| ("owner", owner.to_string())));
            parts.extend(tag.clone().map(|tag| ("tag", tag)));
            if *deleted { "trash/resumes" } else { "resumes" }
        }
        Collection::Audit { actor, object } => {
            parts.extend(actor.map(|actor| ("actor", actor.to_string())));
            parts.extend(object.clone().map(|object| ("object", object)));
            "audit"
        }
        Collection::Revisions(id) => {
            of = format!("/{id}");
            "revisions"
        }
        Collection::Sessions(_) => return format!("{SCHEME}sessions"),
    };
    if !table.query.is_empty() {
        parts.push(("q", table.query.clone()));
    }
    if table.sort != table.collection.sorts().first().copied() {
        parts.extend(table.sort.map(|sort| ("sort", sort.parameter(false))));
    }
    match table.current().map(Row::id) {
        Some(RowId::User(id)) => parts.push(("at", id.to_string())),
        Some(RowId::Resume(id)) => parts.push(("at", id.to_string())),
        _ => {}
    }
    let mut address = format!("{SCHEME}{path}{of}");
    for (at, (key, value)) in parts.iter().enumerate() {
        address.push(if at == 0 { '?' } else { '&' });
        address.push_str(key);
        address.push('=');
        escape(value, &mut address);
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(text: &str) -> String {
        match Location::parse(text) {
            Ok(Location::List { collection, query, sort, .. }) => {
                let mut table = Table::new(collection);
                table.query = query;
                table.sort = sort.or(table.sort);
                address_of_list(&table)
            }
            Ok(other) => format!("{other:?}"),
            Err(error) => error,
        }
    }

    #[test]
    fn both_forms_lead_to_the_same_place_and_back() {
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
            ("resumes 名前", "vitae://resumes?q=%E5%90%8D%E5%89%8D"),
        ] {
            assert_eq!(round_trip(typed), address);
            assert_eq!(round_trip(address), address);
        }
    }

    #[test]
    fn screens_without_a_list_have_addresses() {
        for (typed, screen) in [
            ("health", Screen::Health(Box::new(crate::screens::health::state::Health::new()))),
            ("log", Screen::Log(0)),
        ] {
            assert_eq!(Location::parse(&address(&screen)), Location::parse(typed));
            assert!(Location::parse(typed).is_ok(), "{typed}");
        }
    }

    #[test]
    fn what_leads_nowhere_says_why() {
        for (typed, why) in [
            ("", "type where to go"),
            ("nowhere", "there is no \"nowhere\""),
            ("users role=king", "role is admin"),
            ("users tag=rust", "people have no \"tag\""),
            ("resume 7", "expected a hyphenated UUID"),
            ("user", "user wants one id"),
            ("vitae://users?q=%zz", "followed by two digits"),
            ("vitae://users?q=%ff", "not UTF-8"),
        ] {
            let error = Location::parse(typed).unwrap_err();
            assert!(error.contains(why), "{typed}: {error}");
        }
    }
}
