//! `config.toml`: profiles and console settings, never credentials.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};
use vitae_tui::Colour;

use vitae_sdk_workspace::files;

use crate::errors::Failure;
use crate::exit;

/// The content of `config.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Config {
    /// The profile used by default.
    pub(crate) current: Option<String>,
    #[serde(default)]
    pub(crate) profiles: BTreeMap<String, Profile>,
    /// Settings of the console.
    #[serde(default)]
    pub(crate) console: ConsoleSettings,
}

/// The table `[console]`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct ConsoleSettings {
    pub(crate) theme: Option<String>,
    pub(crate) mouse: Option<bool>,
    /// Whether the console prints lines for a screen reader instead of drawing a screen.
    pub(crate) accessible: Option<bool>,
    /// Protected profiles, which the console marks permanently.
    #[serde(default)]
    pub(crate) protected: Vec<String>,
    /// Key bindings that replace the defaults, by action.
    #[serde(default)]
    pub(crate) keys: BTreeMap<String, Vec<String>>,
}

/// A server and a login at it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Profile {
    pub(crate) server: Option<String>,
    /// An e-mail address, folded.
    pub(crate) account: Option<String>,
    pub(crate) store: Option<StoreKind>,
    /// The background colour of the console's bar.
    pub(crate) colour: Option<Colour>,
    /// Whether the console asks for the name to be typed before a deletion.
    #[serde(default)]
    pub(crate) protected: bool,
    /// Whether the console starts read-only.
    #[serde(default)]
    pub(crate) read_only: bool,
}

/// The kind of credential store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StoreKind {
    Keyring,
    File,
}

impl StoreKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
        }
    }
}

/// Returns the configuration directory: `VITAE_CONFIG_DIR`, or the platform default.
pub(crate) fn directory() -> Result<PathBuf, Failure> {
    if let Some(directory) = std::env::var_os("VITAE_CONFIG_DIR").filter(|text| !text.is_empty()) {
        return Ok(directory.into());
    }
    match etcetera::choose_base_strategy() {
        Ok(platform) => Ok(platform.config_dir().join("vitae")),
        Err(_) => Err(Failure::new(exit::FAILED, "cannot find the directory for configuration")
            .next("set VITAE_CONFIG_DIR or HOME")),
    }
}

impl Config {
    /// Reads the file; a missing file counts as empty.
    pub(crate) fn read(directory: &Path) -> Result<Self, Failure> {
        let path = file_in(directory);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => {
                return Err(Failure::io(format_args!("read {}", path.display()), &error)
                    .next("fix the file or move it away, or set VITAE_CONFIG_DIR to another directory"));
            }
        };
        toml::from_str(&text).map_err(|error| damaged(&path, &text, &error))
    }

    /// Whether a profile is protected.
    pub(crate) fn protects(&self, name: &str) -> bool {
        self.profiles.get(name).is_some_and(|profile| profile.protected)
            || self.console.protected.iter().any(|protected| protected == name)
    }

    /// Checks in advance that [`change`](Self::change) can write.
    pub(crate) fn probe(directory: &Path) -> Result<(), Failure> {
        lock(directory)
            .and_then(|_| tempfile::tempfile_in(directory))
            .map_err(|e| unwritable(directory, &e))?;
        Ok(())
    }

    /// Changes the file and keeps everything that `change` does not touch.
    ///
    /// Concurrent changes are serialized by a lock; readers see the old file or the new one.
    pub(crate) fn change(
        directory: &Path,
        change: impl FnOnce(&mut Draft) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let _lock = lock(directory).map_err(|e| unwritable(directory, &e))?;
        let known = Self::read(directory)?;
        let path = file_in(directory);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let old: toml::Table = text.parse().map_err(|error| damaged(&path, &text, &error))?;
        let mut draft = Draft { known, table: old.clone() };
        change(&mut draft)?;
        if draft.table == old {
            return Ok(());
        }
        replace(&path, &draft.table.to_string()).map_err(|e| unwritable(directory, &e))
    }
}

/// The file during a change.
pub(crate) struct Draft {
    /// The previous content.
    pub(crate) known: Config,
    table: toml::Table,
}

impl Draft {
    /// Adds or updates a profile; the first profile becomes the current one.
    pub(crate) fn set_profile(&mut self, name: &str, profile: &Profile) {
        self.table.entry("current").or_insert_with(|| name.into());
        let profiles = self.table.entry("profiles").or_insert_with(|| toml::Table::new().into());
        // Parsing as `Config` has already rejected other types.
        let Some(profiles) = profiles.as_table_mut() else { return };
        let entry = profiles.entry(name).or_insert_with(|| toml::Table::new().into());
        let Some(entry) = entry.as_table_mut() else { return };
        let store = profile.store.map(|store| store.as_str().to_owned());
        let parts =
            [("server", profile.server.clone()), ("account", profile.account.clone()), ("store", store)];
        entry.extend(parts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.into()))));
        if let Some(colour) = profile.colour {
            entry.insert("colour".to_owned(), colour.name().into());
        }
        for (key, is_so) in [("protected", profile.protected), ("read_only", profile.read_only)] {
            if is_so {
                entry.insert(key.to_owned(), true.into());
            }
        }
    }

    /// Sets the current profile.
    pub(crate) fn choose(&mut self, name: &str) {
        self.table.insert("current".to_owned(), name.into());
    }

    /// Removes a profile; if it was the current one, no profile is current.
    pub(crate) fn remove(&mut self, name: &str) {
        if let Some(profiles) = self.table.get_mut("profiles").and_then(toml::Value::as_table_mut) {
            profiles.remove(name);
        }
        if self.known.current.as_deref() == Some(name) {
            self.table.remove("current");
        }
    }
}

/// Returns the path of `config.toml` in this directory.
pub(crate) fn file_in(directory: &Path) -> PathBuf {
    directory.join("config.toml")
}

/// Locks the configuration against concurrent changes while the returned file is alive.
fn lock(directory: &Path) -> io::Result<File> {
    files::create_directory(directory)?;
    let file = OpenOptions::new().create(true).append(true).open(directory.join("config.lock"))?;
    file.lock()?;
    Ok(file)
}

/// Replaces the file atomically; for a symbolic link, its target is replaced.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".config-").tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn unwritable(directory: &Path, error: &io::Error) -> Failure {
    Failure::io(format_args!("write to the configuration in {}", directory.display()), error)
        .next("check the directory, or set VITAE_CONFIG_DIR to another")
}

fn damaged(path: &Path, text: &str, error: &toml::de::Error) -> Failure {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    Failure::new(exit::FAILED, format!("{}:{line}: {}", path.display(), error.message()))
        .next("fix that line, or move the file away and log in again")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::Deserialize;
    use serde::de::{self, Deserializer, Visitor};

    use super::*;

    /// Takes the names of a struct's fields instead of a value.
    struct FieldNames<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for FieldNames<'_> {
        type Error = de::value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(de::Error::custom("not a struct"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = fields;
            self.deserialize_any(visitor)
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    fn fields<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
        let mut fields: &'static [&'static str] = &[];
        assert!(T::deserialize(FieldNames(&mut fields)).is_err());
        fields
    }

    #[test]
    fn documentation_lists_every_key_of_the_file() {
        let mut keys = BTreeSet::new();
        for key in fields::<Config>() {
            match *key {
                "profiles" => {
                    keys.extend(fields::<Profile>().iter().map(|key| format!("profiles.NAME.{key}")));
                }
                "console" => {
                    let below = fields::<ConsoleSettings>().iter();
                    keys.extend(below.map(|key| match *key {
                        "keys" => "console.keys.ACTION".to_owned(),
                        key => format!("console.{key}"),
                    }));
                }
                key => drop(keys.insert(key.to_owned())),
            }
        }
        let document = include_str!("../../docs/configuration.md");
        let table = document.split_once("<!-- tested: cli/src/config.rs -->").unwrap().1;
        let table = table.split_once("<!-- end -->").unwrap().0;
        let rows =
            table.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned()));
        assert_eq!(rows.collect::<BTreeSet<_>>(), keys, "docs/configuration.md");
    }
}
