//! Themes: the colours of each style role, for each colour depth.

use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Serialize};

use crate::terminal::colour::Colour;

/// The role of a piece of text, which determines its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StyleRole {
    Text,
    Strong,
    Dim,
    Title,
    Accent,
    Good,
    Warn,
    Bad,
    /// The row under the cursor.
    Cursor,
    /// A row that is marked.
    Marked,
    /// The bar at the top, and the current item in it.
    Bar,
    BarChosen,
    /// A key in a hint.
    Key,
    /// An input field.
    Field,
    /// Lines and frames.
    Rule,
    /// The bar of a protected profile.
    Alarm,
    /// The bar of a profile that has a colour.
    Ground(Colour),
}

impl StyleRole {
    #[cfg(test)]
    const ALL: &[Self] = &[
        Self::Text,
        Self::Strong,
        Self::Dim,
        Self::Title,
        Self::Accent,
        Self::Good,
        Self::Warn,
        Self::Bad,
        Self::Cursor,
        Self::Marked,
        Self::Bar,
        Self::BarChosen,
        Self::Key,
        Self::Field,
        Self::Rule,
        Self::Alarm,
        Self::Ground(Colour::Red),
        Self::Ground(Colour::Orange),
        Self::Ground(Colour::Yellow),
        Self::Ground(Colour::Green),
        Self::Ground(Colour::Blue),
        Self::Ground(Colour::Purple),
        Self::Ground(Colour::Grey),
    ];

    fn modifier(self) -> Modifier {
        match self {
            Self::Strong
            | Self::Title
            | Self::Key
            | Self::BarChosen
            | Self::Cursor
            | Self::Alarm
            | Self::Ground(_) => Modifier::BOLD,
            _ => Modifier::empty(),
        }
    }

    /// Returns the text attributes that distinguish the role without colours.
    fn without_colours(self) -> Modifier {
        match self {
            Self::Cursor | Self::BarChosen | Self::Alarm => Modifier::BOLD | Modifier::REVERSED,
            Self::Marked | Self::Field => Modifier::UNDERLINED,
            Self::Ground(_) => Modifier::empty(),
            Self::Bad | Self::Warn | Self::Accent => Modifier::BOLD,
            _ => self.modifier(),
        }
    }
}

/// The colour depth of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Depth {
    /// 24 bits.
    True,
    /// The 256 colours of xterm.
    Indexed,
    /// The 16 standard colours, whose shades depend on the terminal.
    Sixteen,
    /// No colours: `NO_COLOR`, or a terminal without colours.
    None,
}

impl Depth {
    /// Returns the colour depth according to the environment.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name| variable(name).is_some_and(|value: String| !value.is_empty());
        let term = variable("TERM").unwrap_or_default();
        if is_set("NO_COLOR") || term == "dumb" || term.starts_with("vt") {
            return Self::None;
        }
        let true_colour = variable("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit");
        if true_colour || term.ends_with("-direct") {
            Self::True
        } else if term.contains("256color") {
            Self::Indexed
        } else {
            Self::Sixteen
        }
    }
}

/// A colour theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Light on dark.
    #[default]
    Dark,
    /// Dark on light.
    Light,
    /// White on black, without faint text.
    Contrast,
}

/// Red, green, blue.
pub(crate) type Rgb = [u8; 3];

impl Theme {
    /// All themes with their names.
    pub const ALL: &[(&str, Self)] =
        &[("dark", Self::Dark), ("light", Self::Light), ("contrast", Self::Contrast)];

    /// Returns the theme for the background given by the environment, by default for a dark one.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        // The colours of text and background, as numbers of the 16: "15;0", or "15;default;0".
        let said = variable("COLORFGBG").unwrap_or_default();
        match said.rsplit(';').next().and_then(|ground| ground.parse::<u8>().ok()) {
            Some(7 | 9..=15) => Self::Light,
            _ => Self::Dark,
        }
    }

    /// Returns the theme for a background of this colour.
    pub(crate) fn on(background: Rgb) -> Self {
        // The luminance at which black and white text have the same contrast.
        if luminance(background) > 0.179 { Self::Light } else { Self::Dark }
    }

    /// Returns the theme with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, theme)| *theme)
    }

    /// Returns the name of the theme.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, theme)| *theme == self).map_or("dark", |(name, _)| name)
    }

    /// Returns the next theme.
    pub(crate) fn next(self) -> Self {
        let at = Self::ALL.iter().position(|(_, theme)| *theme == self).unwrap_or_default();
        Self::ALL[(at + 1) % Self::ALL.len()].1
    }

    /// Returns the terminal style of a role.
    pub(crate) fn style(self, role: StyleRole, depth: Depth) -> Style {
        let (fore, back) = self.pair(role);
        let style = match depth {
            Depth::None => return Style::new().add_modifier(role.without_colours()),
            Depth::True => Style::new().fg(exact(fore)).bg(exact(back)),
            Depth::Indexed => {
                Style::new().fg(Color::Indexed(nearest(fore))).bg(Color::Indexed(nearest(back)))
            }
            Depth::Sixteen => {
                let (fore, back) = self.pair_of_sixteen(role);
                Style::new().fg(fore).bg(back)
            }
        };
        style.add_modifier(role.modifier())
    }

    fn pair(self, role: StyleRole) -> (Rgb, Rgb) {
        if let StyleRole::Ground(colour) = role {
            return colour.pair(self);
        }
        match self {
            Self::Dark => dark(role),
            Self::Light => light(role),
            Self::Contrast => contrast(role),
        }
    }

    /// Uses only colours that are distinguishable in every common palette.
    fn pair_of_sixteen(self, role: StyleRole) -> (Color, Color) {
        let (ground, text) = match self {
            Self::Light => (Color::White, Color::Black),
            Self::Dark | Self::Contrast => (Color::Black, Color::White),
        };
        let is_light = self == Self::Light;
        let pick = |dark, light| if is_light { light } else { dark };
        match role {
            StyleRole::Text | StyleRole::Strong | StyleRole::Dim | StyleRole::Title | StyleRole::Rule => {
                (text, ground)
            }
            StyleRole::Accent | StyleRole::Key => (pick(Color::LightCyan, Color::Blue), ground),
            StyleRole::Good => (pick(Color::LightGreen, Color::Black), ground),
            StyleRole::Warn | StyleRole::Marked => (pick(Color::LightYellow, Color::Blue), ground),
            StyleRole::Bad => (pick(Color::LightRed, Color::Red), ground),
            StyleRole::Cursor | StyleRole::BarChosen => (ground, text),
            StyleRole::Bar | StyleRole::Field => (Color::White, Color::Blue),
            StyleRole::Alarm => (Color::White, Color::Red),
            StyleRole::Ground(colour) => colour.pair_of_sixteen(),
        }
    }
}

fn dark(role: StyleRole) -> (Rgb, Rgb) {
    const GROUND: Rgb = [0x15, 0x18, 0x1e];
    match role {
        StyleRole::Text => ([0xd7, 0xdc, 0xe4], GROUND),
        StyleRole::Strong | StyleRole::Title => ([0xff, 0xff, 0xff], GROUND),
        StyleRole::Dim | StyleRole::Rule => ([0x93, 0x9b, 0xa8], GROUND),
        StyleRole::Accent | StyleRole::Key => ([0x7f, 0xc7, 0xff], GROUND),
        StyleRole::Good => ([0x8b, 0xd5, 0x8b], GROUND),
        StyleRole::Warn | StyleRole::Marked => ([0xf0, 0xc6, 0x74], GROUND),
        StyleRole::Bad => ([0xff, 0x8f, 0x8f], GROUND),
        StyleRole::Cursor => ([0xff, 0xff, 0xff], [0x2b, 0x4a, 0x6f]),
        StyleRole::Bar => ([0xc9, 0xd1, 0xdc], [0x26, 0x2b, 0x34]),
        StyleRole::BarChosen => ([0x10, 0x14, 0x1a], [0x7f, 0xc7, 0xff]),
        StyleRole::Field => ([0xff, 0xff, 0xff], [0x33, 0x3a, 0x46]),
        StyleRole::Alarm | StyleRole::Ground(_) => ([0xff, 0xff, 0xff], [0xa0, 0x1c, 0x1c]),
    }
}

fn light(role: StyleRole) -> (Rgb, Rgb) {
    const GROUND: Rgb = [0xfb, 0xfb, 0xf9];
    match role {
        StyleRole::Text => ([0x24, 0x29, 0x30], GROUND),
        StyleRole::Strong | StyleRole::Title => ([0x00, 0x00, 0x00], GROUND),
        StyleRole::Dim | StyleRole::Rule => ([0x5c, 0x64, 0x70], GROUND),
        StyleRole::Accent | StyleRole::Key => ([0x0b, 0x5c, 0xad], GROUND),
        StyleRole::Good => ([0x1d, 0x6b, 0x2a], GROUND),
        StyleRole::Warn | StyleRole::Marked => ([0x8a, 0x52, 0x00], GROUND),
        StyleRole::Bad => ([0xb0, 0x1e, 0x1e], GROUND),
        StyleRole::Cursor => ([0x00, 0x00, 0x00], [0xc3, 0xdc, 0xf6]),
        StyleRole::Bar => ([0x30, 0x36, 0x40], [0xe4, 0xe6, 0xe9]),
        StyleRole::BarChosen => ([0xff, 0xff, 0xff], [0x0b, 0x5c, 0xad]),
        StyleRole::Field => ([0x00, 0x00, 0x00], [0xe0, 0xe6, 0xee]),
        StyleRole::Alarm | StyleRole::Ground(_) => ([0xff, 0xff, 0xff], [0xa0, 0x1c, 0x1c]),
    }
}

fn contrast(role: StyleRole) -> (Rgb, Rgb) {
    const GROUND: Rgb = [0, 0, 0];
    match role {
        StyleRole::Text | StyleRole::Strong | StyleRole::Title | StyleRole::Dim | StyleRole::Rule => {
            ([0xff, 0xff, 0xff], GROUND)
        }
        StyleRole::Accent | StyleRole::Key => ([0x66, 0xff, 0xff], GROUND),
        StyleRole::Good => ([0x7f, 0xff, 0x7f], GROUND),
        StyleRole::Warn | StyleRole::Marked => ([0xff, 0xff, 0x55], GROUND),
        StyleRole::Bad => ([0xff, 0xa0, 0xa0], GROUND),
        StyleRole::Cursor => ([0, 0, 0], [0xff, 0xff, 0x55]),
        StyleRole::Bar => ([0xff, 0xff, 0xff], [0x30, 0x30, 0x30]),
        StyleRole::BarChosen => ([0, 0, 0], [0xff, 0xff, 0xff]),
        StyleRole::Field => ([0xff, 0xff, 0xff], [0x00, 0x00, 0xa0]),
        StyleRole::Alarm | StyleRole::Ground(_) => ([0xff, 0xff, 0xff], [0xa0, 0x00, 0x00]),
    }
}

/// Returns the relative luminance of a colour (WCAG 2.2).
fn luminance(rgb: Rgb) -> f64 {
    let linear = |value: u8| {
        let part = f64::from(value) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2])
}

fn exact([red, green, blue]: Rgb) -> Color {
    Color::Rgb(red, green, blue)
}

/// Returns the nearest colour of xterm's 6×6×6 cube or greys.
fn nearest(wanted: Rgb) -> u8 {
    let distance = |index: &u8| {
        let shade = indexed(*index);
        let apart = |at: usize| i32::from(shade[at]) - i32::from(wanted[at]);
        apart(0).pow(2) * 3 + apart(1).pow(2) * 6 + apart(2).pow(2)
    };
    (16..=255).min_by_key(distance).unwrap_or(15)
}

fn indexed(index: u8) -> Rgb {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    if index >= 232 {
        return [8 + 10 * (index - 232); 3];
    }
    let cube = usize::from(index.saturating_sub(16));
    [LEVELS[cube / 36], LEVELS[cube / 6 % 6], LEVELS[cube % 6]]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the contrast ratio of two colours (WCAG 2.2, success criterion 1.4.3).
    fn ratio(a: Rgb, b: Rgb) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Returns xterm's default for one of the first 16 colours.
    fn of_sixteen(colour: Color) -> Rgb {
        match colour {
            Color::Black => [0, 0, 0],
            Color::Red => [0xcd, 0, 0],
            Color::Green => [0, 0xcd, 0],
            Color::Yellow => [0xcd, 0xcd, 0],
            Color::Magenta => [0xcd, 0, 0xcd],
            Color::Gray => [0xe5, 0xe5, 0xe5],
            Color::Blue => [0, 0, 0xee],
            Color::LightRed => [0xff, 0x5f, 0x5f],
            Color::LightGreen => [0, 0xff, 0],
            Color::LightYellow => [0xff, 0xff, 0],
            Color::LightCyan => [0, 0xff, 0xff],
            Color::White => [0xff, 0xff, 0xff],
            other => panic!("{other:?} has no shade here"),
        }
    }

    #[test]
    fn every_style_is_readable_in_every_theme_and_depth() {
        for (name, theme) in Theme::ALL {
            for style in StyleRole::ALL {
                let (fore, back) = theme.pair(*style);
                let (fore16, back16) = theme.pair_of_sixteen(*style);
                for (depth, fore, back) in [
                    ("true", fore, back),
                    ("256", indexed(nearest(fore)), indexed(nearest(back))),
                    ("16", of_sixteen(fore16), of_sixteen(back16)),
                ] {
                    let ratio = ratio(fore, back);
                    assert!(ratio >= 4.5, "{name}, {style:?}, {depth} colours: {ratio:.2}");
                }
            }
        }
    }

    #[test]
    fn profile_colours_are_distinguishable() {
        for (name, theme) in Theme::ALL {
            for depth in [Depth::True, Depth::Indexed, Depth::Sixteen] {
                let grounds =
                    Colour::ALL.iter().map(|(_, colour)| theme.style(StyleRole::Ground(*colour), depth).bg);
                let grounds: Vec<_> = grounds.collect();
                for (at, ground) in grounds.iter().enumerate() {
                    assert!(!grounds[..at].contains(ground), "{name}, {depth:?}: {:?}", Colour::ALL[at]);
                }
            }
        }
    }

    #[test]
    fn background_selects_light_or_dark_theme() {
        for (said, theme) in [
            (Some("15;0"), Theme::Dark),
            (Some("0;15"), Theme::Light),
            (Some("0;default;15"), Theme::Light),
            (Some("7;8"), Theme::Dark),
            (Some("nonsense"), Theme::Dark),
            (None, Theme::Dark),
        ] {
            assert_eq!(Theme::of(|_| said.map(str::to_owned)), theme, "{said:?}");
        }
        for (background, theme) in [
            ([0xff, 0xff, 0xff], Theme::Light),
            ([0xfd, 0xf6, 0xe3], Theme::Light),
            ([0x00, 0x2b, 0x36], Theme::Dark),
            ([0x00, 0x00, 0x00], Theme::Dark),
        ] {
            assert_eq!(Theme::on(background), theme, "{background:?}");
        }
    }

    #[test]
    fn cursor_is_visible_without_colours() {
        let style = Theme::Dark.style(StyleRole::Cursor, Depth::None);
        assert_eq!((style.fg, style.bg), (None, None));
        assert!(style.add_modifier.contains(Modifier::REVERSED | Modifier::BOLD));
    }

    #[test]
    fn colour_depth_is_read_from_the_environment() {
        for (variables, depth) in [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..], Depth::True),
            (&[("TERM", "xterm-256color")], Depth::Indexed),
            (&[("TERM", "xterm")], Depth::Sixteen),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "1")], Depth::None),
            (&[("TERM", "xterm"), ("NO_COLOR", "")], Depth::Sixteen),
            (&[("TERM", "dumb")], Depth::None),
        ] {
            let of = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(Depth::of(of), depth, "{variables:?}");
        }
    }
}
