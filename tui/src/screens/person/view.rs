//! A person's screen as cells.

use ratatui::layout::Rect;
use vitae_sdk::{Status, User};
use vitae_sdk_workspace::fields::Described as _;

use crate::client::row::described_cell;
use crate::screens::person::state::Person;
use crate::screens::screen::{Screen as _, ViewContext};
use crate::terminal::text::{minute, shown};
use crate::terminal::theme::StyleRole;
use crate::widgets::canvas::Canvas;
use crate::widgets::hit_test::Target;
use crate::widgets::layout::margin;
use crate::widgets::resume_view::StyledLine;
use crate::widgets::table_view::{self, explain};

pub(super) fn view(person: &Person, cx: &ViewContext<'_>, canvas: &mut Canvas<'_>) {
    card(person, canvas, cx.areas.card);
    tabs(person, canvas, cx.areas.tabs);
    if let Some(table) = person.table() {
        table_view::list(table, cx.columns_of(&table.collection), cx.names, canvas, &cx.areas);
    }
}

fn tabs(person: &Person, canvas: &mut Canvas<'_>, area: Rect) {
    let area = margin(area);
    let mut x = area.x;
    for (at, word) in Person::TABS.iter().enumerate() {
        let room = area.right().saturating_sub(x);
        let style = if at == person.tab { StyleRole::BarChosen } else { StyleRole::Dim };
        let end = canvas.left(Rect { x, width: room, ..area }, &format!(" {word} "), style);
        canvas.hit(Rect { x, width: end - x, ..area }, Target::Tab(at));
        x = end + 1;
    }
}

fn card(person: &Person, canvas: &mut Canvas<'_>, area: Rect) {
    let area = margin(area);
    if area.height == 0 {
        return;
    }
    if let Some(error) = person.user_error() {
        return explain(error, canvas, area);
    }
    match person.user() {
        Some(user) => canvas.lines(area, &card_text(user), 0),
        None => {
            canvas.left(area, "loading …", StyleRole::Dim);
        }
    }
}

/// Returns the account in two lines, the first with external id and labels.
pub(super) fn card_text(user: &User) -> [StyledLine; 2] {
    let status = match user.deleted_at {
        Some(at) => (StyleRole::Bad, format!("deleted {}", minute(at))),
        None if user.status == Status::Active => (StyleRole::Good, user.status.to_string()),
        None => (StyleRole::Warn, user.status.to_string()),
    };
    let mut first = vec![
        (StyleRole::Text, shown(&user.email)),
        (StyleRole::Dim, " · ".to_owned()),
        (StyleRole::Accent, user.role.to_string()),
        (StyleRole::Dim, " · ".to_owned()),
        status,
    ];
    for key in ["external_id", "labels"] {
        let value = User::field(key).map(|field| described_cell(user, field)).unwrap_or_default();
        if !value.is_empty() {
            first.extend([(StyleRole::Dim, " · ".to_owned()), (StyleRole::Text, value)]);
        }
    }
    let second = format!(
        "created {} · changed {} · version {} · {}",
        minute(user.created_at),
        minute(user.updated_at),
        user.version,
        user.id
    );
    [first, vec![(StyleRole::Dim, second)]]
}
