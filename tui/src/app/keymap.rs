//! Which key does what.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use crate::app::action::{self, ACTIONS, Action};
use crate::app::action_kind::{Command, Movement, ScreenAction};
use crate::terminal::key::{Key, UnknownKey};

/// The keys of every action.
#[derive(Debug, Clone)]
pub struct Keymap {
    actions: HashMap<Key, Action>,
    keys: BTreeMap<Action, Vec<Key>>,
}

/// Why a keymap cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidKeymap {
    /// There is no such action.
    Action(String),
    /// A key is written in a way that means nothing.
    Key(UnknownKey),
    /// One key would do two things.
    Twice(String, String, String),
    /// Nothing would end the console.
    NoWayOut,
}

impl fmt::Display for InvalidKeymap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action(name) => write!(f, "unknown action {name:?}; press `?` in the console to list them"),
            Self::Key(unknown) => unknown.fmt(f),
            Self::Twice(key, one, other) => write!(f, "the key {key} is assigned to both {one} and {other}"),
            Self::NoWayOut => f.write_str("the action quit must have a key"),
        }
    }
}

impl std::error::Error for InvalidKeymap {}

impl Default for Keymap {
    fn default() -> Self {
        Self::new(&BTreeMap::new()).expect("a test builds the keymap that is built in")
    }
}

impl Keymap {
    /// The usual keys, with those of some actions replaced: name of the action, its keys.
    ///
    /// A key that is given to one action is taken from the one that usually has it.
    pub fn new(changes: &BTreeMap<String, Vec<String>>) -> Result<Self, InvalidKeymap> {
        let mut current = BTreeMap::new();
        for (name, keys) in changes {
            // The name of today wins over a former one.
            if action::current_name(name) == name || !changes.contains_key(action::current_name(name)) {
                current.insert(action::current_name(name).to_owned(), keys.clone());
            }
        }
        let changes = &current;
        let known = |name: &String| ACTIONS.iter().any(|entry| entry.name == name);
        if let Some(name) = changes.keys().find(|name| !known(name)) {
            return Err(InvalidKeymap::Action(name.clone()));
        }
        let mut map = Self { actions: HashMap::new(), keys: BTreeMap::new() };
        for entry in ACTIONS {
            for text in changes.get(entry.name).into_iter().flatten() {
                let key = text.parse().map_err(InvalidKeymap::Key)?;
                if let Some(other) = map.actions.insert(key, entry.action) {
                    let (one, other) = (other.entry().name.to_owned(), entry.name.to_owned());
                    return Err(InvalidKeymap::Twice(text.clone(), one, other));
                }
                map.keys.entry(entry.action).or_default().push(key);
            }
        }
        for entry in ACTIONS.iter().filter(|entry| !changes.contains_key(entry.name)) {
            for text in entry.keys {
                let key = text.parse().map_err(InvalidKeymap::Key)?;
                if let Entry::Vacant(free) = map.actions.entry(key) {
                    free.insert(entry.action);
                    map.keys.entry(entry.action).or_default().push(key);
                }
            }
        }
        if !map.keys.contains_key(&Action::Quit) {
            return Err(InvalidKeymap::NoWayOut);
        }
        Ok(map)
    }

    /// Returns the movement that a key makes.
    pub(crate) fn movement(&self, key: Key) -> Option<Movement> {
        let command = self.action(key)?.command();
        let Command::Screen(ScreenAction::Move(movement)) = command else { return None };
        Some(movement)
    }

    pub(crate) fn action(&self, key: Key) -> Option<Action> {
        self.actions.get(&key).copied()
    }

    /// The keys of an action, the one to show first.
    pub(crate) fn keys(&self, action: Action) -> &[Key] {
        self.keys.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The key to show for an action.
    pub(crate) fn key_text(&self, action: Action) -> String {
        self.keys(action).first().map(Key::to_string).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(action: &str, keys: &[&str]) -> Result<Keymap, InvalidKeymap> {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Keymap::new(&BTreeMap::from([(action.to_owned(), keys)]))
    }

    #[test]
    fn each_action_has_a_key_of_its_own() {
        let mut seen = HashMap::new();
        for entry in ACTIONS {
            assert!(!entry.keys.is_empty(), "{}", entry.name);
            assert_eq!(entry.action.entry().name, entry.name, "an action stands in the table twice");
            for key in entry.keys {
                assert_eq!(seen.insert(key.parse::<Key>().unwrap(), entry.name), None, "{key}");
            }
        }
    }

    #[test]
    fn reassigned_key_is_removed_from_its_default_action() {
        let map = changed("quit", &["j", "ctrl-q"]).unwrap();
        assert_eq!(map.action("j".parse().unwrap()), Some(Action::Quit));
        assert_eq!(map.action("q".parse().unwrap()), None);
        assert_eq!(map.key_text(Action::Down), "down");
    }

    #[test]
    fn former_names_of_actions_still_set_keys() {
        let map = changed("pulses", &["H"]).unwrap();
        assert_eq!(map.action("H".parse().unwrap()), Some(Action::Health));
        assert_eq!(map.action("7".parse().unwrap()), None);
        let map = changed("org", &["O"]).unwrap();
        assert_eq!(map.action("O".parse().unwrap()), Some(Action::Organisation));
        let both = [("pulses", "H"), ("health", "F")];
        let both = both.map(|(name, key)| (name.to_owned(), vec![key.to_owned()]));
        assert_eq!(Keymap::new(&BTreeMap::from(both)).unwrap().key_text(Action::Health), "F");
        for (former, current) in action::ALIASES {
            assert!(ACTIONS.iter().any(|entry| entry.name == *current), "{former} is {current} today");
            assert!(ACTIONS.iter().all(|entry| entry.name != *former), "{former} is a name of today");
        }
    }

    #[test]
    fn invalid_keymap_is_rejected() {
        assert_eq!(changed("fly", &["f"]).unwrap_err(), InvalidKeymap::Action("fly".to_owned()));
        assert_eq!(changed("quit", &[]).unwrap_err(), InvalidKeymap::NoWayOut);
        assert!(matches!(changed("quit", &["hyper-q"]), Err(InvalidKeymap::Key(_))));
        assert!(matches!(changed("quit", &["x", "x"]), Err(InvalidKeymap::Twice(..))));
    }
}
