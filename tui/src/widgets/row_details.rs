//! The details of a row: its fields, one line each.

use vitae_sdk::User;
use vitae_sdk_workspace::fields::Described as _;

use crate::client::columns::Field;
use crate::client::names::Names;
use crate::client::row::{Row, described_cell};
use crate::terminal::text::{escaped, wrap};
use crate::terminal::theme::StyleRole;
use crate::widgets::resume_view::StyledLine;

/// Returns every field of a row, wrapped to a width.
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
            (Field::CREATED, "started"),
            (Field::UPDATED, "last used"),
            (Field::EXPIRES, "expires"),
            (Field::CURRENT, ""),
            (Field::ID, "id"),
        ],
        Row::Entry(_) => &[
            (Field::AT, "time"),
            (Field::ADDRESS, "from"),
            (Field::CLIENT, "client"),
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
        say("actor", names.cell(row, Field::ACTOR));
        say("", entry.actor.id.map(|id| id.to_string()).unwrap_or_default());
        say("object", names.cell(row, Field::OBJECT));
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
