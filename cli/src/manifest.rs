//! What people and resumes should be, as files state it.
//!
//! A file holds one object, several (YAML documents, JSON values one after the other), or a list of
//! them. `kind` is `user` or `resume`; without it the fields tell. Only what is stated counts.

mod json_of_yaml;

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use vitae_contracts_document::{Kind, Scanned, Value, scan};
use vitae_sdk::{RawValue, ResumeId, Role, Status, UserId};

use crate::arguments::values::{self, UserName};
use crate::documents::{self, name_of};
use crate::errors::{Failure, InFile};
use crate::exit;

/// What the server decides; so what it answers can be applied as it is.
const PASSED_OVER: [&str; 5] = ["version", "revision", "created_at", "updated_at", "deleted_at"];

/// One object, and where it is stated.
pub(crate) struct Stated {
    pub(crate) place: InFile,
    pub(crate) object: Object,
}

pub(crate) enum Object {
    User(User),
    Resume(Resume),
}

/// A person; what is absent stays as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct User {
    pub(crate) id: Option<UserId>,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) role: Option<Role>,
    pub(crate) status: Option<Status>,
}

/// A resume; what is absent stays as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resume {
    pub(crate) id: Option<ResumeId>,
    pub(crate) owner: Option<UserName>,
    pub(crate) title: Option<String>,
    pub(crate) tags: Option<Vec<String>>,
    /// The whole document, not a part of it.
    pub(crate) document: Option<Box<RawValue>>,
}

/// Reads every file, folder and standard input that is named; all of it, or nothing is done.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Stated>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        if documents::is_stdin(path) || !path.is_dir() {
            read_file(path, &mut all)?;
            continue;
        }
        let place = InFile { file: name_of(path), line: None };
        let files = manifests_in(path).map_err(|e| documents::unreadable(&place, &e))?;
        if files.is_empty() {
            return Err(Failure::new(
                exit::INVALID_INPUT,
                "holds no *.yaml, *.yml, *.json and no *.ndjson file",
            )
            .in_file(&place));
        }
        for file in files {
            read_file(&file, &mut all)?;
        }
    }
    Ok(all)
}

/// The files of a folder itself, sorted by name; hidden ones are left out.
fn manifests_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let is_manifest = |path: &PathBuf| {
        let form = path.extension().map(|form| form.to_string_lossy().to_lowercase());
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        !is_hidden && matches!(form.as_deref(), Some("yaml" | "yml" | "json" | "ndjson"))
    };
    let mut files: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).filter(is_manifest).collect();
    files.sort();
    Ok(files)
}

fn read_file(path: &Path, all: &mut Vec<Stated>) -> Result<(), Failure> {
    let place = InFile { file: name_of(path), line: None };
    let mut bytes = Vec::new();
    let read = if documents::is_stdin(path) {
        io::stdin().lock().read_to_end(&mut bytes).map(drop)
    } else {
        fs::read(path).map(|read| bytes = read)
    };
    read.map_err(|e| documents::unreadable(&place, &e))?;
    let refuse = |what: String| {
        Failure::new(exit::INVALID_INPUT, what)
            .in_file(&place)
            .next("mend the file; nothing has been changed")
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| refuse("is not UTF-8".to_owned()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let values = values_of(path, text).map_err(refuse)?;
    for (at, value) in values.iter().enumerate() {
        let refuse = |what: String| refuse(format!("object {}: {what}", at + 1));
        let scanned = scan(value.as_bytes()).map_err(|e| refuse(e.to_string()))?;
        let items: Vec<Value<'_>> = match scanned.kind() {
            Kind::Array => scanned.root().elements().collect(),
            _ => vec![scanned.root()],
        };
        for item in items {
            let object = object(item.scanned(), path).map_err(refuse)?;
            all.push(Stated { place: place.clone(), object });
        }
    }
    Ok(())
}

/// The JSON texts of a file. YAML is a superset of JSON that loses the text of numbers, so what can
/// be read as JSON is.
fn values_of(path: &Path, text: &str) -> Result<Vec<String>, String> {
    let form = path.extension().map(|form| form.to_string_lossy().to_lowercase());
    let is_json = match form.as_deref() {
        Some("json" | "ndjson") => true,
        Some("yaml" | "yml") => false,
        _ => text.trim_start().starts_with(['{', '[']),
    };
    if !is_json {
        return json_of_yaml::read(text);
    }
    let values = serde_json::Deserializer::from_str(text).into_iter::<Box<RawValue>>();
    values.map(|value| value.map(|value| value.get().to_owned()).map_err(|e| e.to_string())).collect()
}

fn object(stated: Scanned<'_>, path: &Path) -> Result<Object, String> {
    if stated.kind() != Kind::Object {
        return Err(format!("expected an object, found {}", stated.kind()));
    }
    let kind = stated.get("kind").map(|kind| kind.as_str().unwrap_or_default().to_lowercase());
    let is_user = match kind.as_deref() {
        Some("user" | "users" | "person") => true,
        Some("resume" | "resumes") => false,
        Some(other) => return Err(format!("kind: expected user or resume, found \"{other}\"")),
        None if stated.get("email").is_some() => true,
        None if ["title", "document", "document_file"].iter().any(|key| stated.get(key).is_some()) => false,
        None => return Err("expected a kind: user or resume".to_owned()),
    };
    if is_user { user(stated).map(Object::User) } else { resume(stated, path).map(Object::Resume) }
}

fn user(stated: Scanned<'_>) -> Result<User, String> {
    if stated.get("password").is_some() {
        return Err("passwords are not applied; `vitae users set-password` gives somebody one".to_owned());
    }
    refuse_unknown(stated, &["id", "email", "name", "role", "status"])?;
    let parse = |name: &str| text(stated, name);
    let user = User {
        id: parse("id")?.map(|id| id.parse().map_err(|_| format!("id: \"{id}\" is no id"))).transpose()?,
        email: parse("email")?,
        name: parse("name")?,
        role: parse("role")?.map(|role| values::role(&role).map_err(|e| format!("role: {e}"))).transpose()?,
        status: parse("status")?
            .map(|status| values::status(&status).map_err(|e| format!("status: {e}")))
            .transpose()?,
    };
    if user.id.is_none() && user.email.is_none() {
        return Err("a user needs an e-mail or an id".to_owned());
    }
    Ok(user)
}

fn resume(stated: Scanned<'_>, path: &Path) -> Result<Resume, String> {
    refuse_unknown(stated, &["id", "owner", "owner_id", "title", "tags", "document", "document_file"])?;
    let document = match (stated.get("document"), text(stated, "document_file")?) {
        (Some(_), Some(_)) => return Err("state document or document_file, not both".to_owned()),
        (Some(document), None) if document.kind() == Kind::Object => Some(documents::raw(&document)),
        (Some(document), None) => {
            return Err(format!("document: expected an object, found {}", document.kind()));
        }
        (None, Some(file)) => {
            let file = path.parent().unwrap_or(Path::new(".")).join(file);
            Some(
                documents::read(&file)
                    .map_err(|failure| format!("{}: {}", file.display(), failure.message))?,
            )
        }
        (None, None) => None,
    };
    let id = text(stated, "id")?;
    let resume = Resume {
        id: id.map(|id| id.parse().map_err(|_| format!("id: \"{id}\" is no id"))).transpose()?,
        owner: owner(stated)?,
        title: text(stated, "title")?,
        tags: tags(stated)?,
        document,
    };
    if resume.id.is_none() && resume.title.is_none() {
        return Err("a resume needs a title or an id".to_owned());
    }
    Ok(resume)
}

/// An e-mail or an id, or the object that the server answers with.
fn owner(stated: Scanned<'_>) -> Result<Option<UserName>, String> {
    let object = stated.get("owner").filter(|owner| owner.kind() == Kind::Object);
    let name = match object {
        Some(owner) => text(owner.scanned(), "id")?,
        None => text(stated, "owner")?.or(text(stated, "owner_id")?),
    };
    name.map(|name| name.parse().map_err(|e| format!("owner: {e}"))).transpose()
}

fn tags(stated: Scanned<'_>) -> Result<Option<Vec<String>>, String> {
    let Some(tags) = stated.get("tags") else { return Ok(None) };
    let list = tags.elements().map(|tag| tag.as_str().map(std::borrow::Cow::into_owned));
    match (tags.kind(), list.collect()) {
        (Kind::Array, Some(list)) => Ok(Some(list)),
        _ => Err("tags: expected a list of strings".to_owned()),
    }
}

fn text(stated: Scanned<'_>, name: &str) -> Result<Option<String>, String> {
    match stated.get(name) {
        None => Ok(None),
        Some(value) if value.kind() == Kind::Null => Ok(None),
        Some(value) => match value.as_str() {
            Some(text) => Ok(Some(text.into_owned())),
            None => Err(format!("{name}: expected a string, found {}", value.kind())),
        },
    }
}

fn refuse_unknown(stated: Scanned<'_>, known: &[&str]) -> Result<(), String> {
    let known: HashSet<&str> = known.iter().chain(&PASSED_OVER).chain(&["kind"]).copied().collect();
    match stated.members().find(|(key, _)| !known.contains(&**key)) {
        Some((key, _)) => {
            let mut names: Vec<&str> = known.into_iter().filter(|name| !PASSED_OVER.contains(name)).collect();
            names.sort_unstable();
            Err(format!("there is no field \"{key}\"; known are {}", names.join(", ")))
        }
        None => Ok(()),
    }
}
