//! The bars: where one is, who one is, what is going on, what can be done.

use ratatui::layout::Rect;

use crate::app::access::{Access, access};
use crate::app::action::Action;
use crate::app::model::Model;
use crate::app::session::LinkState;
use crate::client::collection::Filtering;
use crate::overlays::Overlay;
use crate::screens::list::words::{narrowings, order_word};
use crate::terminal::text::{count, escaped, fit, fit_end, shown, width};
use crate::terminal::theme::StyleRole;
use crate::widgets::canvas::Canvas;
use crate::widgets::hit_test::Target;
use crate::widgets::layout::margin;
use crate::widgets::table::Table;

/// The places that the bar offers.
const PLACES: &[(Action, &str)] = &[
    (Action::People, "people"),
    (Action::Resumes, "resumes"),
    (Action::Audit, "audit"),
    (Action::DeletedPeople, "trash"),
    (Action::Health, "health"),
];

/// Columns in which it can be said who is logged in.
const WHO: usize = 24;

pub(crate) fn bar(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let ground = ground(model);
    canvas.fill(area, ground);
    let mut x = canvas.put(area.x + 1, area.y, area.width, "vitae", ground) + 1;
    x = profile(model, canvas, Rect { x, width: area.right().saturating_sub(x), ..area }) + 1;
    for (action, word) in PLACES {
        let is_here = model.screen().menu_entry() == Some(*action);
        let room = area.right().saturating_sub(x);
        let key = model.appearance.keymap.key_text(*action);
        let text = format!(" {key} {word} ");
        // Whoever is logged in, and where, is worth more than the last place.
        let spare = if *action == Action::Health { WHO } else { 0 };
        if usize::from(room) < width(&text) + spare {
            break;
        }
        let end = canvas.put(x, area.y, room, &text, if is_here { StyleRole::BarChosen } else { ground });
        canvas.hit(Rect { x, width: end - x, ..area }, Target::Action(*action));
        x = end;
    }
    let who = session_text(model);
    let room = area.right().saturating_sub(x + 2);
    if usize::from(room) >= width(&who).min(WHO) {
        canvas.right(Rect { x: area.right() - room, width: room - 1, ..area }, &who, ground);
    }
}

/// Returns the background of the bar: the profile's colour, or a warning colour for a protected profile.
fn ground(model: &Model) -> StyleRole {
    match model.session.profile.colour {
        Some(colour) => StyleRole::Ground(colour),
        None if model.session.profile.is_protected => StyleRole::Alarm,
        None => StyleRole::Bar,
    }
}

/// Which profile this is, and how careful to be: in words, since not everybody sees colours.
fn profile(model: &Model, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    let (name, care) = profile_words(model);
    let care: String = care.into_iter().flat_map(|word| [" · ", word]).collect();
    let room = usize::from(area.width).saturating_sub(width(&care) + 2);
    let text = match (name.as_str(), care.as_str()) {
        ("", "") => return area.x,
        ("", care) => format!(" {} ", care.trim_start_matches(" · ")),
        (name, care) => format!(" {}{care} ", fit(name, room)),
    };
    // What is protected stands out on a bar of any colour.
    let style = if model.session.profile.is_protected { StyleRole::Alarm } else { ground(model) };
    canvas.left(area, &text, style)
}

/// The profile's name, unless it is the usual one, and what care it wants.
pub(crate) fn profile_words(model: &Model) -> (String, Vec<&'static str>) {
    let profile = &model.session.profile;
    let is_usual = matches!(profile.name.as_str(), "" | "default") && profile.colour.is_none();
    let name = if is_usual { String::new() } else { escaped(&profile.name) };
    let care = [(profile.is_protected, "protected"), (model.session.is_read_only, "read-only")];
    (name, care.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word).collect())
}

/// Who is logged in, as what, where.
pub(crate) fn session_text(model: &Model) -> String {
    let server =
        escaped(model.session.server.split_once("://").map_or(&*model.session.server, |(_, host)| host));
    match &model.session.me {
        Some(me) => format!("{} · {} · {server}", shown(&me.email), me.role),
        None => server,
    }
}

pub(crate) fn title(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let area = margin(area);
    if area.height == 0 {
        return;
    }
    let screen = model.screen();
    let x = canvas.left(area, &screen.title(), StyleRole::Title);
    let rest = |x: u16| Rect { x: x.min(area.right()), width: area.right().saturating_sub(x), ..area };
    if let Some(subtitle) = screen.subtitle() {
        canvas.left(rest(x + 1), &subtitle, StyleRole::Dim);
    }
    let Some(table) = screen.table() else { return };
    let mut x = x;
    // On the screen of a person, the tab names the contents of the list.
    if screen.person().is_none() {
        x = canvas.left(rest(x + 1), &extent(table), StyleRole::Dim);
        for (key, value) in narrowings(table) {
            x = canvas.left(rest(x + 2), key, StyleRole::Dim);
            x = canvas.left(rest(x + 1), &value, StyleRole::Accent);
        }
    } else {
        x += 1;
    }
    x = filter(model, table, canvas, rest(x + 2));
    let right = order(table);
    let begin = canvas.right(rest(x + 2), &right, StyleRole::Dim);
    if table.new_rows > 0 {
        let noun = table.collection.noun(table.new_rows > 1);
        let pill = format!(
            "{} new {noun}: {} ",
            count(table.new_rows),
            model.appearance.keymap.key_text(Action::Reload)
        );
        let room = rest(x + 2);
        let pill_area = Rect { width: begin.saturating_sub(room.x + 1), ..room };
        if usize::from(pill_area.width) >= width(&pill) {
            let at = canvas.right(pill_area, &pill, StyleRole::Warn);
            canvas.hit(Rect { x: at, width: begin - at, ..area }, Target::Action(Action::Reload));
        }
    }
}

/// How many rows there are, as far as that is known.
fn extent(table: &Table) -> String {
    match (table.len(), &table.window) {
        (Some(len), _) => count(len),
        (None, Some(window)) => {
            let loaded = window.reach().saturating_sub(crate::client::window::PAGE.into());
            format!("{}+", count(loaded.max(window.loaded().count() as u64)))
        }
        (None, None) => String::new(),
    }
}

/// The filter, while it is typed and while it holds.
fn filter(model: &Model, table: &Table, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    let Some(line) = &model.navigation.filter else {
        if table.query.is_empty() {
            return area.x;
        }
        let x = canvas.left(area, "/", StyleRole::Key);
        let rest = Rect { x, width: area.right().saturating_sub(x), ..area };
        return canvas.left(rest, &escaped(&table.query), StyleRole::Accent);
    };
    let field = Rect { width: area.width.min(36), ..area };
    canvas.fill(field, StyleRole::Field);
    let x = canvas.left(field, "/", StyleRole::Field);
    let room = usize::from(field.right().saturating_sub(x + 1));
    let before = escaped(line.before());
    let x = canvas.put(x, area.y, field.right().saturating_sub(x), fit_end(&before, room), StyleRole::Field);
    canvas.put(x, area.y, field.right().saturating_sub(x), &escaped(line.after()), StyleRole::Field);
    if line.text().is_empty() {
        let hint = match table.collection.filtering() {
            Filtering::Action => "users. or users.user.deleted",
            Filtering::Words | Filtering::Nothing => "words to search for",
        };
        canvas.put(x + 1, area.y, field.right().saturating_sub(x + 1), hint, StyleRole::Field);
    }
    canvas.cursor = Some((x.min(area.right().saturating_sub(1)), area.y).into());
    field.right()
}

fn order(table: &Table) -> String {
    let Some(sort) = table.sort else { return String::new() };
    format!("by {} {}", order_word(sort), if sort.descending { "↓" } else { "↑" })
}

/// Draws the status line: the last notice, the error, or the position of the cursor.
pub(crate) fn status(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let area = margin(area);
    if area.height == 0 {
        return;
    }
    let end = canvas.right(area, &model.screen().position(&model.view_context()), StyleRole::Dim);
    let left = Rect { width: end.saturating_sub(area.x + 1), ..area };
    if let Some((style, text)) = status_text(model) {
        canvas.left(left, &text, style);
    }
}

/// Returns the text of the status line.
pub(crate) fn status_text(model: &Model) -> Option<(StyleRole, String)> {
    let table = model.screen().table();
    let with_next = |text: &str, next: &Option<String>| {
        let next = next.as_ref().map(|next| format!(" · {next}")).unwrap_or_default();
        format!("{text}{next}")
    };
    if let Some(operation) = &model.bulk_operation {
        return Some((StyleRole::Accent, operation.progress()));
    }
    if table.is_some_and(Table::is_gathering) {
        return Some((StyleRole::Dim, "marking all rows …".to_owned()));
    }
    if model.form_opening.is_some() && model.notices.current.is_none() {
        return Some((StyleRole::Dim, "loading …".to_owned()));
    }
    if let Some(notice) = &model.notices.current {
        return Some((notice.style, with_next(&notice.text, &notice.next)));
    }
    if let Some(error) = model.screen().error() {
        return Some((StyleRole::Bad, with_next(error.headline(), &error.next)));
    }
    if let Some((style, words)) = link_words(&model.session.link) {
        return Some((style, words.to_owned()));
    }
    let table = table?;
    if table.range_from.is_some() || !table.marks.is_empty() {
        let range = if table.range_from.is_some() { " · marking a range" } else { "" };
        let cut = if table.is_cut { ", the limit; there are more" } else { "" };
        return Some((StyleRole::Marked, format!("{} marked{cut}{range}", count(table.marks.len() as u64))));
    }
    table.is_waiting().then(|| (StyleRole::Dim, "loading …".to_owned()))
}

fn link_words(link: &LinkState) -> Option<(StyleRole, &'static str)> {
    match link {
        LinkState::Live | LinkState::Connecting => None,
        LinkState::Closed => Some((StyleRole::Warn, "not logged in")),
        LinkState::Lost => Some((StyleRole::Warn, "offline: data as of the last response; reconnecting …")),
        LinkState::Failed(_) => Some((
            StyleRole::Warn,
            "no live updates: the server closed the event stream; reload to see changes",
        )),
    }
}

/// Keys that matter here, as buttons.
pub(crate) fn hints(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    const WANTED: &[Action] = &[
        Action::Open,
        Action::Filter,
        Action::Mark,
        Action::Edit,
        Action::New,
        Action::Delete,
        Action::Restore,
        Action::Compare,
        Action::NextTab,
        Action::Jump,
        Action::Palette,
        Action::Help,
        Action::Back,
        Action::Revisions,
        Action::Form,
        Action::Pane,
        Action::Sort,
        Action::Quit,
    ];
    let area = margin(area);
    // What is written or asked says its own keys.
    if area.height == 0
        || matches!(
            model.overlays.current,
            Some(Overlay::Form(_) | Overlay::Confirm(_) | Overlay::Discard(_) | Overlay::Quit)
        )
    {
        return;
    }
    let mut x = area.x;
    for action in WANTED.iter().filter(|action| access(model, **action) == Access::Yes) {
        let (key, hint) = (model.appearance.keymap.key_text(*action), action.entry().hint);
        let wide = u16::try_from(width(&key) + 1 + width(hint)).unwrap_or(u16::MAX);
        if key.is_empty() || x.saturating_add(wide) > area.right() {
            continue;
        }
        let end = canvas.put(x, area.y, wide, &key, StyleRole::Key);
        let end = canvas.put(end + 1, area.y, wide, hint, StyleRole::Dim);
        canvas.hit(Rect { x, width: end - x, ..area }, Target::Action(*action));
        x = end + 2;
    }
}
