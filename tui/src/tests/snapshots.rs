//! Snapshots of every screen and overlay, with text and styles.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Style};

use super::drive::draw;
use super::sample::Sample;
use crate::app::view::plain;

/// Plain, wide, right-to-left and combined letters.
const MIXED: Sample = Sample {
    names: &["Ada Lovelace", "山田太郎", "أحمد حسن", "Zoë 👩🏽‍🚀", "e\u{301}a\u{308}o\u{302}", "דוד לוי"],
    emails: &["ada@example.com", "taro@example.org", "ahmad@example.net", "zoe@example.com"],
    titles: &["Analytical Engines", "ソフトウェアエンジニア", "مهندس برمجيات", "Astronaut 🚀🇳🇿", "מהנדס"],
    words: &["engines", "工学", "هندسة", "🚀"],
    lines: &["Analyst 分析", "كتبت أول برنامج لآلة لم تُبن قط", "The Analytical Engine 👩🏽‍🔬"],
};

/// Locations, and the keys to press there.
const SCENES: &[(&str, &str)] = &[
    ("users", ""),
    ("users", "j space space"),
    ("users", "p"),
    ("users", "/ a"),
    ("users", "ctrl-p r e"),
    ("users", "?"),
    ("users", ":"),
    ("users", "c"),
    ("users", "d"),
    ("users", "L"),
    ("users", "e ctrl-u tab"),
    ("users", "e ctrl-u x ctrl-s"),
    ("users", "n"),
    ("resumes", ""),
    ("resumes", "j t"),
    ("resumes", "E"),
    ("audit", "j"),
    ("trash users", ""),
    ("trash resumes", ""),
    ("sessions", ""),
    ("user 00000000-0000-0000-0000-000000000001", ""),
    ("user 00000000-0000-0000-0000-000000000001", "tab tab j"),
    ("resume 00000000-0000-0000-0000-000000000064", "j"),
    ("revisions 00000000-0000-0000-0000-000000000064", ""),
    ("change 00000000-0000-0000-0000-000000000064 2 3", ""),
    ("organisation", ""),
    ("organisation", "G"),
    ("log", ""),
];

/// Styles with their letters, in order of appearance.
#[derive(Default)]
struct Legend(Vec<Style>);

impl Legend {
    fn letter(&mut self, style: Style) -> char {
        let at = self.0.iter().position(|known| *known == style).unwrap_or_else(|| {
            self.0.push(style);
            self.0.len() - 1
        });
        char::from(b'a' + u8::try_from(at).unwrap())
    }

    fn text(&self) -> String {
        let colour = |colour| match colour {
            Some(Color::Rgb(red, green, blue)) => format!("{red:02x}{green:02x}{blue:02x}"),
            other => format!("{other:?}"),
        };
        let lines = self.0.iter().zip('a'..).map(|(style, letter)| {
            let modifier = style.add_modifier;
            format!("{letter} {} on {} {modifier:?}\n", colour(style.fg), colour(style.bg))
        });
        lines.collect()
    }
}

/// Returns each line with its styles below it, as in `a10 b3`.
fn snapshot(buffer: &Buffer, legend: &mut Legend) -> String {
    let mut out = String::new();
    for (y, line) in plain(buffer).lines().enumerate() {
        let mut runs: Vec<(char, usize)> = Vec::new();
        for x in 0..buffer.area.width {
            let letter = legend.letter(buffer[(x, u16::try_from(y).unwrap())].style());
            match runs.last_mut() {
                Some((last, length)) if *last == letter => *length += 1,
                _ => runs.push((letter, 1)),
            }
        }
        let runs: Vec<String> = runs.iter().map(|(letter, length)| format!("{letter}{length}")).collect();
        let _ = writeln!(out, "|{line}\n {}", runs.join(" "));
    }
    out
}

#[test]
fn screens_match_their_snapshots() {
    for (width, height) in [(40, 10), (80, 24), (120, 40)] {
        let mut legend = Legend::default();
        let mut now = String::new();
        for (place, keys) in SCENES {
            let mut model = MIXED.open((width, height), place);
            MIXED.press(&mut model, keys);
            let shown = snapshot(&draw(&model).0, &mut legend);
            let _ = writeln!(now, "== {}\n{shown}", format!("{place} · {keys}").trim_end_matches(" · "));
        }
        insta::assert_snapshot!(format!("{width}x{height}"), format!("{}\n{now}", legend.text()));
    }
}
