//! The state of the organisation screen: figures, each with the list behind it.

use vitae_sdk::{Role, Stats, Status};

use crate::app::location::Location;
use crate::client::collection::{Collection, Seek};
use crate::client::error::ConsoleError;
use crate::client::load::Load;
use crate::client::request::Response;
use crate::client::ticket::Ticket;
use crate::terminal::text::{count, escaped, minute, shown};

/// A figure: one row of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figure {
    pub(crate) section: &'static str,
    pub(crate) label: String,
    pub(crate) value: String,
    /// The share of the section's largest figure, in thousandths, for a bar.
    pub(crate) share: Option<u64>,
    /// The location of the list behind the figure.
    pub(crate) destination: Location,
}

/// A line of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Blank,
    Section(&'static str),
    /// The figure with this number.
    Figure(usize),
}

/// The organisation screen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Organisation {
    pub(super) load: Load<(), Box<Stats>>,
    figures: Vec<Figure>,
    /// The number of the figure under the cursor.
    pub(crate) cursor: usize,
    /// The first visible line.
    pub(super) top: usize,
}

impl Organisation {
    pub(crate) fn figures(&self) -> &[Figure] {
        &self.figures
    }

    /// Returns the figure under the cursor.
    pub(crate) fn current(&self) -> Option<&Figure> {
        self.figures.get(self.cursor)
    }

    /// Returns the size of the organisation in a few words.
    pub(super) fn summary(&self) -> Option<String> {
        let ((), stats) = self.load.value()?;
        let of = |collection: Collection, number: u64| {
            format!("{} {}", count(number), collection.noun(number != 1))
        };
        let people = of(Collection::PEOPLE, stats.users.live);
        Some(format!("{people} · {}", of(Collection::RESUMES, stats.resumes.live)))
    }

    /// Takes the response with the figures; returns whether it was waited for.
    pub(super) fn take(&mut self, ticket: Ticket, response: Result<Response, ConsoleError>) -> bool {
        let is_taken = self.load.response(ticket, response);
        if let Some(((), stats)) = self.load.value() {
            self.figures = figures(stats);
        }
        is_taken
    }

    /// Moves the cursor by lines.
    pub(super) fn step(&mut self, lines: i64, height: usize) {
        let lines = isize::try_from(lines).unwrap_or(if lines < 0 { isize::MIN } else { isize::MAX });
        self.go_to(self.cursor.saturating_add_signed(lines), height);
    }

    /// Puts the cursor on a figure, and scrolls so that it is visible.
    pub(super) fn go_to(&mut self, figure: usize, height: usize) {
        self.cursor = figure.min(self.figures.len().saturating_sub(1));
        let lines = self.lines();
        let at = lines.iter().position(|line| *line == Line::Figure(self.cursor)).unwrap_or_default();
        // The first figure of a section is shown with the title of the section.
        let is_first =
            matches!(at.checked_sub(1).and_then(|before| lines.get(before)), Some(Line::Section(_)));
        let above = if is_first { at - 1 } else { at };
        let last = lines.len().saturating_sub(height);
        self.top = self.top.min(above).max((at + 1).saturating_sub(height)).min(last);
    }

    /// Returns the lines of the screen: figures under the titles of their sections.
    pub(super) fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut section = "";
        for (at, figure) in self.figures.iter().enumerate() {
            if figure.section != section {
                section = figure.section;
                if at > 0 {
                    lines.push(Line::Blank);
                }
                lines.push(Line::Section(section));
            }
            lines.push(Line::Figure(at));
        }
        lines
    }
}

/// Returns every figure, section by section.
fn figures(stats: &Stats) -> Vec<Figure> {
    let mut figures = Vec::new();
    people(stats, &mut figures);
    tags(stats, &mut figures);
    months(stats, &mut figures);
    stalest(stats, &mut figures);
    server(stats, &mut figures);
    figures
}

/// Adds counts with the lists behind them.
fn add(
    figures: &mut Vec<Figure>,
    section: &'static str,
    counts: impl IntoIterator<Item = (String, u64, Location)>,
) {
    let counts: Vec<_> = counts.into_iter().collect();
    let most = counts.iter().map(|(_, number, _)| *number).max().unwrap_or_default();
    figures.extend(counts.into_iter().map(|(label, number, destination)| Figure {
        section,
        label,
        value: count(number),
        share: (number.saturating_mul(1000)).checked_div(most),
        destination,
    }));
}

fn people(stats: &Stats, figures: &mut Vec<Figure>) {
    let list = |role: Option<&Role>, status: Option<&Status>| {
        let collection = Collection::Users { role: role.cloned(), status: status.cloned(), deleted: false };
        Location::list(collection)
    };
    let people = &stats.users;
    let roles = people.by_role.iter();
    add(
        figures,
        "People by role",
        roles.map(|of| (escaped(&of.role.to_string()), of.count, list(Some(&of.role), None))),
    );
    let statuses = people.by_status.iter();
    let by_status =
        statuses.map(|of| (escaped(&of.status.to_string()), of.count, list(None, Some(&of.status))));
    let deleted = ("deleted".to_owned(), people.deleted, Location::list(Collection::DELETED_PEOPLE));
    add(figures, "People by status", by_status.chain([deleted]));
}

fn tags(stats: &Stats, figures: &mut Vec<Figure>) {
    let resumes = &stats.resumes;
    let tagged = resumes.by_tag.iter().map(|of| {
        let tag = Some(of.tag.as_str().to_owned());
        let list = Location::list(Collection::Resumes { owner: None, tag, deleted: false });
        (shown(&of.tag), of.count, list)
    });
    let deleted = ("(deleted)".to_owned(), resumes.deleted, Location::list(Collection::DELETED_RESUMES));
    add(figures, "Resumes by tag", tagged.chain([deleted]));
}

/// The newest month first. A month opens the list of all resumes at the month's newest one.
fn months(stats: &Stats, figures: &mut Vec<Figure>) {
    let mut newer = 0;
    let months = stats.resumes.by_month.iter().rev().map(|month| (escaped(&month.month), month.created));
    let earlier = ("earlier".to_owned(), stats.resumes.created_earlier);
    let counts = months.chain([earlier]).map(|(label, created)| {
        let seek = Some(Seek::Ordinal(newer));
        newer = newer.saturating_add(created);
        let sort = Collection::RESUMES.sorts().first().copied();
        (label, created, Location::List { collection: Collection::RESUMES, query: String::new(), sort, seek })
    });
    add(figures, "Resumes by month of creation", counts.collect::<Vec<_>>());
}

fn stalest(stats: &Stats, figures: &mut Vec<Figure>) {
    figures.extend(stats.resumes.stalest.iter().map(|resume| Figure {
        section: "Stalest resumes, by last update",
        label: shown(&resume.title),
        value: minute(resume.updated_at),
        share: None,
        destination: Location::Resume(resume.id),
    }));
}

fn server(stats: &Stats, figures: &mut Vec<Figure>) {
    let storage = stats.users.storage_bytes.saturating_add(stats.resumes.storage_bytes);
    let list = |collection| Location::list(collection);
    let rows = [
        ("storage of people", size(stats.users.storage_bytes), list(Collection::PEOPLE)),
        ("storage of resumes", size(stats.resumes.storage_bytes), list(Collection::RESUMES)),
        ("storage in total", size(storage), Location::Health),
        ("version of the server", escaped(&stats.version), Location::Health),
        ("version of this console", env!("CARGO_PKG_VERSION").to_owned(), Location::Health),
    ];
    figures.extend(rows.into_iter().map(|(label, value, destination)| Figure {
        section: "Storage and versions",
        label: label.to_owned(),
        value,
        share: None,
        destination,
    }));
}

/// Returns a number of bytes in the largest unit that leaves a whole part.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut tenths = u128::from(bytes) * 10;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    let fraction = if unit == 0 { String::new() } else { format!(".{}", tenths % 10) };
    format!("{}{fraction} {}", tenths / 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_the_fitting_unit() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1536, "1.5 KiB"),
            (5 << 20, "5.0 MiB"),
            (u64::MAX, "16777215.9 TiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }
}
