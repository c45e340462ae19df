//! Drawing at any size and with any text.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use vitae_sdk::{Owner, Page, ResumeId, ResumeSummary, Timestamp, UserId};

use super::drive::{draw, model, press, screen};
use crate::app::effect::Effect;
use crate::app::message::Message;
use crate::app::model::Model;
use crate::app::session::{LinkState, Profile};
use crate::app::update::update;
use crate::client::request::{Request, Response};
use crate::client::row::Row;
use crate::terminal::colour::Colour;
use crate::terminal::theme::{Depth, StyleRole, Theme};

/// Titles that terminals often draw wrongly.
const TITLES: &[&str] = &[
    "Ada Lovelace – Analyst",
    "山田太郎 – ソフトウェアエンジニア",
    "أحمد حسن – مهندس برمجيات",
    "Zoë 👩🏽‍🚀 Astronaut 🚀",
    "e\u{301}a\u{308}o\u{302} combining",
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m hostile",
    "\u{202e}reversed \u{200b}hidden",
];

fn filled(width: u16, height: u16) -> Model {
    let mut model = model(width, height);
    model.session.link = LinkState::Live;
    let effects = press(&mut model, "2");
    let ticket = effects.iter().find_map(|effect| match effect {
        Effect::Send(ticket, Request::Page(_)) => Some(*ticket),
        _ => None,
    });
    let rows = TITLES.iter().enumerate().map(|(at, title)| {
        Row::Resume(Box::new(ResumeSummary {
            id: ResumeId::from_bytes([u8::try_from(at).unwrap(); 16]),
            title: (*title).into(),
            owner: Owner { id: UserId::from_bytes([7; 16]), name: Some((*title).into()) },
            tags: vec!["rust".into()],
            revision: 3,
            updated_at: Timestamp::from_millis(1_795_339_800_000),
            deleted_at: (at == 2).then(|| Timestamp::from_millis(1_795_339_800_000)),
        }))
    });
    let page = Page { items: rows.collect(), next_cursor: None, prev_cursor: None, total: Some(7) };
    update(&mut model, Message::Response(ticket.unwrap(), Ok(Response::Page(page))));
    model
}

/// Returns text and styles, with a letter for each style in order of appearance.
fn styled(buffer: &Buffer) -> String {
    let mut styles: Vec<(Color, Color, Modifier)> = Vec::new();
    let mut out = String::new();
    for y in 0..buffer.area.height {
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let style = (cell.fg, cell.bg, cell.modifier);
            let at = styles.iter().position(|known| *known == style).unwrap_or_else(|| {
                styles.push(style);
                styles.len() - 1
            });
            let _ = write!(out, "{}", char::from(b'a' + u8::try_from(at % 26).unwrap()));
        }
        out.push('\n');
    }
    out
}

#[test]
fn stored_text_is_escaped_at_any_size() {
    for width in [1, 2, 10, 40, 80, 100, 120, 250] {
        for height in [1, 2, 3, 5, 10, 24, 40, 80] {
            let mut model = filled(width, height);
            for keys in ["", "?", "esc", "ctrl-p", "esc", ":", "esc", "c", "esc", "L", "esc", "/ x", "p", "!"]
            {
                press(&mut model, keys);
                let (buffer, drawn) = draw(&model);
                for cell in buffer.content() {
                    let acts = crate::terminal::text::acts(cell.symbol());
                    assert!(!acts, "{:?} at {width}x{height} after {keys}", cell.symbol());
                }
                if let Some(cursor) = drawn.cursor {
                    assert!(cursor.x < width && cursor.y < height, "{cursor:?} at {width}x{height}");
                }
            }
        }
    }
}

#[test]
fn hostile_text_is_visible_when_escaped() {
    let text = screen(&filled(120, 40));
    for shown in ["\\u{1b}[2J", "\\u{202e}reversed", "山田太郎", "أحمد حسن", "1 of 7"] {
        assert!(text.contains(shown), "{shown}:\n{text}");
    }
}

#[test]
fn moving_the_cursor_redraws_only_two_rows_the_position_and_the_pane() {
    let mut model = filled(80, 24);
    let (before, _) = draw(&model);
    press(&mut model, "j");
    let (after, _) = draw(&model);
    let lines = |buffer: &Buffer| styled(buffer).lines().map(str::to_owned).collect::<Vec<_>>();
    let moved: Vec<_> = (0..24).filter(|y| lines(&before)[*y] != lines(&after)[*y]).collect();
    // The pane names the row under the cursor until its text is read.
    assert_eq!(moved, [3, 4, 12], "{}", screen(&model));
}

#[test]
fn without_colours_the_cursor_is_reversed() {
    let mut model = filled(80, 24);
    model.appearance.depth = Depth::None;
    let (buffer, _) = draw(&model);
    assert!(buffer.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    assert!(buffer[(10, 3)].modifier.contains(Modifier::REVERSED | Modifier::BOLD));
}

#[test]
fn bar_names_the_profile_and_its_protection() {
    for depth in [Depth::True, Depth::None] {
        for (is_protected, colour, bar) in [
            (false, None, " vitae  prod   1 people"),
            (true, None, " vitae  prod · protected   1 people"),
            (false, Some(Colour::Green), " vitae  prod   1 people"),
            (true, Some(Colour::Green), " vitae  prod · protected   1 people"),
        ] {
            let mut model = filled(40, 10);
            model.appearance.depth = depth;
            model.session.profile =
                Profile { name: "prod".to_owned(), is_protected, colour, is_read_only: false };
            assert!(screen(&model).starts_with(bar), "{}", screen(&model));
            press(&mut model, "ctrl-r");
            let words = if is_protected {
                " vitae  prod · protected · read-only"
            } else {
                " vitae  prod · read-only"
            };
            assert!(screen(&model).starts_with(words), "{}", screen(&model));
        }
    }
    let mut model = filled(40, 10);
    model.session.profile = Profile { name: "p".repeat(64), is_protected: true, ..Profile::default() };
    assert!(screen(&model).lines().next().unwrap().ends_with("pp… · protected"), "{}", screen(&model));
}

#[test]
fn protected_profile_stands_out_on_a_bar_of_any_colour() {
    for (name, colour) in Colour::ALL {
        let mut model = filled(80, 24);
        model.session.profile = Profile {
            name: "prod".to_owned(),
            colour: Some(*colour),
            is_protected: true,
            is_read_only: false,
        };
        let (buffer, _) = draw(&model);
        let alarm = Theme::Dark.style(StyleRole::Alarm, Depth::True).bg.unwrap();
        assert_eq!(buffer[(8, 0)].bg, alarm, "{name}");
        assert_eq!(
            Some(buffer[(1, 0)].bg),
            Theme::Dark.style(StyleRole::Ground(*colour), Depth::True).bg,
            "{name}"
        );
        assert_ne!(buffer[(1, 0)].bg, alarm, "{name}");
    }
}

#[test]
fn each_theme_paints_every_cell() {
    for (name, theme) in Theme::ALL {
        for depth in [Depth::True, Depth::Indexed, Depth::Sixteen] {
            let mut model = filled(80, 24);
            (model.appearance.theme, model.appearance.depth) = (*theme, depth);
            let (buffer, _) = draw(&model);
            let cells = buffer.content();
            let is_bare = |at: &usize| {
                // What lies behind the left half of a wide character is never sent.
                let is_behind = *at > 0 && crate::terminal::text::width(cells[at - 1].symbol()) > 1;
                cells[*at].bg == Color::Reset && !is_behind
            };
            assert_eq!((0..cells.len()).filter(is_bare).count(), 0, "{name}, {depth:?}");
        }
    }
}
