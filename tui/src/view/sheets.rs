//! What is read rather than chosen from: resumes, changes, cards, the log.

use ratatui::layout::Rect;
use vitae_sdk::User;

use super::canvas::Canvas;
use super::list::explain;
use crate::columns::Field;
use crate::layout::margin;
use crate::model::{Model, Notice};
use crate::names::Names;
use crate::paper::Line;
use crate::row::Row;
use crate::screen::Person;
use crate::sheet::Sheet;
use crate::text::{escaped, minute, second, shown, wrap};
use crate::theme::Ink;

/// A long text, or why it is not there.
pub(super) fn sheet(sheet: &Sheet, canvas: &mut Canvas<'_>, area: Rect) {
    if let Some(trouble) = sheet.trouble() {
        explain(trouble, canvas, area);
    } else if sheet.lines().is_empty() && sheet.is_waiting() {
        canvas.left(area, "reading …", Ink::Dim);
    } else {
        canvas.lines(area, sheet.lines(), sheet.scroll);
    }
}

/// Who the person is whose screen it is.
pub(super) fn card(person: &Person, canvas: &mut Canvas<'_>, area: Rect) {
    let area = margin(area);
    if area.height == 0 {
        return;
    }
    if let Some(trouble) = person.trouble() {
        return explain(trouble, canvas, area);
    }
    match person.user() {
        Some(user) => canvas.lines(area, &card_text(user), 0),
        None => {
            canvas.left(area, "reading …", Ink::Dim);
        }
    }
}

/// Who somebody is, in two lines.
pub(crate) fn card_text(user: &User) -> [Line; 2] {
    let status = match user.deleted_at {
        Some(at) => (Ink::Bad, format!("deleted {}", minute(at))),
        None if user.status == vitae_sdk::Status::Active => (Ink::Good, user.status.to_string()),
        None => (Ink::Warn, user.status.to_string()),
    };
    let first = vec![
        (Ink::Text, shown(&user.email)),
        (Ink::Dim, " · ".to_owned()),
        (Ink::Accent, user.role.to_string()),
        (Ink::Dim, " · ".to_owned()),
        status,
    ];
    let second = format!(
        "created {} · changed {} · version {} · {}",
        minute(user.created_at),
        minute(user.updated_at),
        user.version,
        user.id
    );
    [first, vec![(Ink::Dim, second)]]
}

/// All that a row knows, one line each.
pub(super) fn about(row: &Row, names: &Names, width: usize) -> Vec<Line> {
    let mut lines = vec![vec![(Ink::Title, row.name())], Line::new()];
    let mut say = |name: &str, text: String| {
        if text.is_empty() {
            return;
        }
        let lead = format!("{name:<12}");
        for (at, part) in wrap(&text, width.saturating_sub(12)).into_iter().enumerate() {
            let lead = if at == 0 { lead.clone() } else { " ".repeat(12) };
            lines.push(vec![(Ink::Dim, lead), (Ink::Text, part)]);
        }
    };
    let columns: &[(Field, &str)] = match row {
        Row::User(_) => &[
            (Field::Email, "e-mail"),
            (Field::Role, "role"),
            (Field::Status, "status"),
            (Field::Created, "created"),
            (Field::Updated, "updated"),
            (Field::Deleted, "deleted"),
            (Field::Version, "version"),
            (Field::Id, "id"),
        ],
        Row::Session(_) => &[
            (Field::Address, "from"),
            (Field::Created, "began"),
            (Field::Updated, "last used"),
            (Field::Expires, "ends"),
            (Field::Current, ""),
            (Field::Id, "id"),
        ],
        Row::Entry(_) => &[
            (Field::At, "when"),
            (Field::Address, "from"),
            (Field::Client, "program"),
            (Field::Request, "request"),
            (Field::Version, "version"),
            (Field::Id, "event"),
        ],
        Row::Resume(_) | Row::Revision(_) => &[],
    };
    for (field, name) in columns {
        say(name, row.cell(*field));
    }
    if let Row::Entry(entry) = row {
        say("who", names.cell(row, Field::Actor));
        say("", entry.actor.id.map(|id| id.to_string()).unwrap_or_default());
        say("to what", names.cell(row, Field::Object));
        say("", entry.object.id.to_string());
        for change in &entry.changes {
            lines.push(vec![(Ink::Accent, escaped(&change.field))]);
            for (ink, mark, value) in [(Ink::Bad, "- ", &change.before), (Ink::Good, "+ ", &change.after)] {
                let Some(value) = value else { continue };
                let parts = wrap(&escaped(value.get()), width.saturating_sub(2));
                lines.extend(parts.into_iter().map(|part| vec![(ink, format!("{mark}{part}"))]));
            }
        }
    }
    lines
}

/// Every notice of this console, the newest first.
pub(super) fn log(model: &Model, scroll: usize, canvas: &mut Canvas<'_>, area: Rect) {
    let area = margin(area);
    let shown = model.log.iter().rev().skip(scroll).take(usize::from(area.height));
    let lines: Vec<Line> = shown.map(log_line).collect();
    if lines.is_empty() {
        canvas.left(area, "Nothing was said yet.", Ink::Dim);
    }
    canvas.lines(area, &lines, 0);
}

/// One notice of the log.
pub(crate) fn log_line(notice: &Notice) -> Line {
    let mut line = vec![(Ink::Dim, format!("{} ", second(notice.at))), (notice.ink, notice.text.clone())];
    line.extend(notice.next.as_ref().map(|next| (Ink::Accent, format!(" · {next}"))));
    line.extend(notice.request_id.as_ref().map(|id| (Ink::Dim, format!(" · request {id}"))));
    line
}
