//! The appearance: keys, colours, columns and size.

use std::collections::BTreeMap;

use crate::app::keymap::Keymap;
use crate::client::columns::Field;
use crate::terminal::theme::{Depth, Theme};

/// The appearance of the console on this terminal.
#[derive(Debug, Clone)]
pub(crate) struct Appearance {
    pub(crate) keymap: Keymap,
    pub(crate) theme: Theme,
    /// Whether the background of the terminal decides the theme.
    pub(crate) follows_background: bool,
    pub(crate) depth: Depth,
    /// The columns that the user chose, by kind of list.
    pub(crate) columns: BTreeMap<&'static str, Vec<Field>>,
    /// Columns and lines of the terminal.
    pub(crate) size: (u16, u16),
}

impl Appearance {
    pub(crate) fn new(keymap: Keymap, theme: Theme, depth: Depth) -> Self {
        Self { keymap, theme, follows_background: false, depth, columns: BTreeMap::new(), size: (0, 0) }
    }

    /// Returns the key to show for an action.
    pub(crate) fn key_text(&self, action: crate::app::action::Action) -> String {
        self.keymap.key_text(action)
    }
}
