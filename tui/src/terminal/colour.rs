//! The colour of a profile: the background of its bar, so that servers are not mistaken for each other.

use ratatui::style::Color;
use serde::{Deserialize, Serialize};

use crate::terminal::theme::{Rgb, Theme};

/// The colour of a profile's bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Colour {
    Red,
    Orange,
    Yellow,
    Green,
    Blue,
    Purple,
    Grey,
}

impl Colour {
    /// All colours with their names.
    pub const ALL: &[(&str, Self)] = &[
        ("red", Self::Red),
        ("orange", Self::Orange),
        ("yellow", Self::Yellow),
        ("green", Self::Green),
        ("blue", Self::Blue),
        ("purple", Self::Purple),
        ("grey", Self::Grey),
    ];

    /// Returns the name of the colour.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, colour)| *colour == self).map_or("grey", |(name, _)| name)
    }

    /// Returns text and background colour: dark under white text, or pale under black text in a light theme.
    pub(crate) fn pair(self, theme: Theme) -> (Rgb, Rgb) {
        let deep = |ground| ([0xff, 0xff, 0xff], ground);
        let pale = |ground| ([0x00, 0x00, 0x00], ground);
        match (theme, self) {
            (Theme::Light, Self::Red) => pale([0xff, 0xaf, 0xaf]),
            (Theme::Light, Self::Orange) => pale([0xff, 0xc8, 0x7a]),
            (Theme::Light, Self::Yellow) => pale([0xff, 0xf0, 0x7a]),
            (Theme::Light, Self::Green) => pale([0xaf, 0xe5, 0xaf]),
            (Theme::Light, Self::Blue) => pale([0xa8, 0xd0, 0xff]),
            (Theme::Light, Self::Purple) => pale([0xdf, 0xb8, 0xff]),
            (Theme::Light, Self::Grey) => pale([0xc6, 0xc8, 0xcc]),
            (Theme::Dark | Theme::Contrast, Self::Red) => deep([0x96, 0x10, 0x10]),
            (Theme::Dark | Theme::Contrast, Self::Orange) => deep([0x9a, 0x4a, 0x00]),
            (Theme::Dark | Theme::Contrast, Self::Yellow) => deep([0x6b, 0x5b, 0x00]),
            (Theme::Dark | Theme::Contrast, Self::Green) => deep([0x00, 0x5f, 0x1a]),
            (Theme::Dark | Theme::Contrast, Self::Blue) => deep([0x0a, 0x3d, 0xa0]),
            (Theme::Dark | Theme::Contrast, Self::Purple) => deep([0x6a, 0x1f, 0x96]),
            (Theme::Dark | Theme::Contrast, Self::Grey) => deep([0x50, 0x54, 0x5a]),
        }
    }

    /// Returns text and background from the 16 standard colours, which have no orange.
    pub(crate) fn pair_of_sixteen(self) -> (Color, Color) {
        match self {
            Self::Red => (Color::White, Color::Red),
            Self::Orange => (Color::Black, Color::LightRed),
            Self::Yellow => (Color::Black, Color::LightYellow),
            Self::Green => (Color::Black, Color::Green),
            Self::Blue => (Color::White, Color::Blue),
            Self::Purple => (Color::White, Color::Magenta),
            Self::Grey => (Color::Black, Color::Gray),
        }
    }
}
