//! What is read rather than chosen from: resumes, changes, cards, the log.

use ratatui::layout::Rect;
use vitae_sdk::User;
use vitae_sdk_workspace::fields::Described as _;

use crate::app::layout::margin;
use crate::app::model::{Model, Notice};
use crate::client::columns::Field;
use crate::client::names::Names;
use crate::client::row::{Row, described_cell};
use crate::screens::Person;
use crate::terminal::text::{escaped, minute, second, shown, wrap};
use crate::terminal::theme::StyleRole;
use crate::widgets::canvas::Canvas;
use crate::widgets::resume_view::StyledLine;
use crate::widgets::table_view::explain;
use crate::widgets::text_viewer::TextViewer;

/// A long text, or why it is not there.
pub(crate) fn viewer(viewer: &TextViewer, canvas: &mut Canvas<'_>, area: Rect) {
    if let Some(error) = viewer.error() {
        explain(error, canvas, area);
    } else if viewer.lines().is_empty() && viewer.is_waiting() {
        canvas.left(area, "reading …", StyleRole::Dim);
    } else {
        canvas.lines(area, viewer.lines(), viewer.scroll);
    }
}

/// Who the person is whose screen it is.
pub(crate) fn card(person: &Person, canvas: &mut Canvas<'_>, area: Rect) {
    let area = margin(area);
    if area.height == 0 {
        return;
    }
    if let Some(error) = person.error() {
        return explain(error, canvas, area);
    }
    match person.user() {
        Some(user) => canvas.lines(area, &card_text(user), 0),
        None => {
            canvas.left(area, "reading …", StyleRole::Dim);
        }
    }
}

/// Who somebody is, in two lines.
pub(crate) fn card_text(user: &User) -> [StyledLine; 2] {
    let status = match user.deleted_at {
        Some(at) => (StyleRole::Bad, format!("deleted {}", minute(at))),
        None if user.status == vitae_sdk::Status::Active => (StyleRole::Good, user.status.to_string()),
        None => (StyleRole::Warn, user.status.to_string()),
    };
    let first = vec![
        (StyleRole::Text, shown(&user.email)),
        (StyleRole::Dim, " · ".to_owned()),
        (StyleRole::Accent, user.role.to_string()),
        (StyleRole::Dim, " · ".to_owned()),
        status,
    ];
    let second = format!(
        "created {} · changed {} · version {} · {}",
        minute(user.created_at),
        minute(user.updated_at),
        user.version,
        user.id
    );
    [first, vec![(StyleRole::Dim, second)]]
}

/// All that a row knows, one line each.
pub(crate) fn about(row: &Row, names: &Names, width: usize) -> Vec<StyledLine> {
    let mut lines = vec![vec![(StyleRole::Title, row.name())], StyledLine::new()];
    let mut say = |name: &str, text: String| {
        if text.is_empty() {
            return;
        }
        let lead = format!("{name:<12}");
        for (at, part) in wrap(&text, width.saturating_sub(12)).into_iter().enumerate() {
            let lead = if at == 0 { lead.clone() } else { " ".repeat(12) };
            lines.push(vec![(StyleRole::Dim, lead), (StyleRole::Text, part)]);
        }
    };
    let columns: &[(Field, &str)] = match row {
        Row::Session(_) => &[
            (Field::ADDRESS, "from"),
            (Field::CREATED, "began"),
            (Field::UPDATED, "last used"),
            (Field::EXPIRES, "ends"),
            (Field::CURRENT, ""),
            (Field::ID, "id"),
        ],
        Row::Entry(_) => &[
            (Field::AT, "when"),
            (Field::ADDRESS, "from"),
            (Field::CLIENT, "program"),
            (Field::REQUEST, "request"),
            (Field::VERSION, "version"),
            (Field::ID, "event"),
        ],
        Row::User(_) | Row::Resume(_) | Row::Revision(_) => &[],
    };
    for (field, name) in columns {
        say(name, row.cell(*field));
    }
    if let Row::User(user) = row {
        // The name is the title.
        for field in User::DESCRIPTORS.iter().filter(|field| field.key != "name") {
            say(field.label, described_cell(&**user, field));
        }
    }
    if let Row::Entry(entry) = row {
        say("who", names.cell(row, Field::ACTOR));
        say("", entry.actor.id.map(|id| id.to_string()).unwrap_or_default());
        say("to what", names.cell(row, Field::OBJECT));
        say("", entry.object.id.to_string());
        for change in &entry.changes {
            lines.push(vec![(StyleRole::Accent, escaped(&change.field))]);
            for (style, mark, value) in
                [(StyleRole::Bad, "- ", &change.before), (StyleRole::Good, "+ ", &change.after)]
            {
                let Some(value) = value else { continue };
                let parts = wrap(&escaped(value.get()), width.saturating_sub(2));
                lines.extend(parts.into_iter().map(|part| vec![(style, format!("{mark}{part}"))]));
            }
        }
    }
    lines
}

/// Every notice of this console, the newest first.
pub(crate) fn log(model: &Model, scroll: usize, canvas: &mut Canvas<'_>, area: Rect) {
    let area = margin(area);
    let shown = model.log.iter().rev().skip(scroll).take(usize::from(area.height));
    let lines: Vec<StyledLine> = shown.map(log_line).collect();
    if lines.is_empty() {
        canvas.left(area, "Nothing was said yet.", StyleRole::Dim);
    }
    canvas.lines(area, &lines, 0);
}

/// One notice of the log.
pub(crate) fn log_line(notice: &Notice) -> StyledLine {
    let mut line =
        vec![(StyleRole::Dim, format!("{} ", second(notice.at))), (notice.style, notice.text.clone())];
    line.extend(notice.next.as_ref().map(|next| (StyleRole::Accent, format!(" · {next}"))));
    line.extend(notice.request_id.as_ref().map(|id| (StyleRole::Dim, format!(" · request {id}"))));
    line
}
