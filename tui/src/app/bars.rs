//! The bars: where one is, who one is, what is going on, what can be done.

use ratatui::layout::Rect;

use crate::app::access::{Access, access};
use crate::app::action::Action;
use crate::app::layout::margin;
use crate::app::model::{LinkState, Model};
use crate::client::collection::{Collection, Filtering, Sort};
use crate::client::metrics::Metrics;
use crate::overlays::Overlay;
use crate::screens::{Person, Screen};
use crate::terminal::text::{clock, count, escaped, fit, fit_end, shown, width};
use crate::terminal::theme::StyleRole;
use crate::widgets::canvas::Canvas;
use crate::widgets::hit_test::Target;
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
    x = care(model, canvas, Rect { x, width: area.right().saturating_sub(x), ..area }) + 1;
    for (action, word) in PLACES {
        let is_here = is_at(&model.screen, *action);
        let room = area.right().saturating_sub(x);
        let key = model.keymap.key_text(*action);
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
    let who = who(model);
    let room = area.right().saturating_sub(x + 2);
    if usize::from(room) >= width(&who).min(WHO) {
        canvas.right(Rect { x: area.right() - room, width: room - 1, ..area }, &who, ground);
    }
}

/// What the bar is painted with: the profile's own colour, or else what says that it wants care.
fn ground(model: &Model) -> StyleRole {
    match model.profile.colour {
        Some(colour) => StyleRole::Ground(colour),
        None if model.profile.is_protected => StyleRole::Alarm,
        None => StyleRole::Bar,
    }
}

/// Which profile this is, and how careful to be: in words, since not everybody sees colours.
fn care(model: &Model, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    let (name, care) = care_words(model);
    let care: String = care.into_iter().flat_map(|word| [" · ", word]).collect();
    let room = usize::from(area.width).saturating_sub(width(&care) + 2);
    let text = match (name.as_str(), care.as_str()) {
        ("", "") => return area.x,
        ("", care) => format!(" {} ", care.trim_start_matches(" · ")),
        (name, care) => format!(" {}{care} ", fit(name, room)),
    };
    // What is protected stands out on a bar of any colour.
    let style = if model.profile.is_protected { StyleRole::Alarm } else { ground(model) };
    canvas.left(area, &text, style)
}

/// The profile's name, unless it is the usual one, and what care it wants.
pub(crate) fn care_words(model: &Model) -> (String, Vec<&'static str>) {
    let profile = &model.profile;
    let is_usual = matches!(profile.name.as_str(), "" | "default") && profile.colour.is_none();
    let name = if is_usual { String::new() } else { escaped(&profile.name) };
    let care = [(profile.is_protected, "protected"), (model.is_read_only, "read-only")];
    (name, care.into_iter().filter(|(is_so, _)| *is_so).map(|(_, word)| word).collect())
}

/// Who is logged in, as what, where.
pub(crate) fn who(model: &Model) -> String {
    let server = escaped(model.server.split_once("://").map_or(&*model.server, |(_, host)| host));
    match &model.me {
        Some(me) => format!("{} · {} · {server}", shown(&me.email), me.role),
        None => server,
    }
}

fn is_at(screen: &Screen, action: Action) -> bool {
    let table = match screen {
        Screen::Table(table) => table,
        Screen::Person(_) => return action == Action::People,
        Screen::Health(_) => return action == Action::Health,
        Screen::Reader(_) | Screen::Log(_) => return false,
    };
    match &table.collection {
        Collection::Users { deleted: true, .. } | Collection::Resumes { deleted: true, .. } => {
            action == Action::DeletedPeople
        }
        Collection::Users { .. } => action == Action::People,
        Collection::Resumes { .. } | Collection::Revisions(_) => action == Action::Resumes,
        Collection::Audit { .. } => action == Action::Audit,
        Collection::Sessions(_) => false,
    }
}

pub(crate) fn title(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let area = margin(area);
    if area.height == 0 {
        return;
    }
    let x = canvas.left(area, &model.screen.title(), StyleRole::Title);
    let rest = |x: u16| Rect { x: x.min(area.right()), width: area.right().saturating_sub(x), ..area };
    if let Screen::Health(health) = &model.screen {
        let up = health.newest().and_then(Metrics::uptime).map(crate::screens::health::view::uptime);
        let up = up.map(|up| format!(" · up {up}")).unwrap_or_default();
        canvas.left(rest(x + 1), &format!("over the last minute{up}"), StyleRole::Dim);
    }
    let Some(table) = model.screen.table() else { return };
    let is_person = matches!(model.screen, Screen::Person(_));
    // The tab says what a list of a person holds.
    let extent = if is_person { String::new() } else { extent(table) };
    let mut x = canvas.left(rest(x + 1), &extent, StyleRole::Dim);
    let narrowings = if is_person { Vec::new() } else { narrowings(table) };
    for (key, value) in narrowings {
        x = canvas.left(rest(x + 2), key, StyleRole::Dim);
        x = canvas.left(rest(x + 1), &value, StyleRole::Accent);
    }
    x = filter(model, table, canvas, rest(x + 2));
    let right = order(table);
    let begin = canvas.right(rest(x + 2), &right, StyleRole::Dim);
    if table.news > 0 {
        let noun = table.collection.noun(table.news > 1);
        let pill = format!("{} new {noun}: {} ", count(table.news), model.keymap.key_text(Action::Reload));
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

/// What the list was narrowed to before anybody typed a filter.
pub(crate) fn narrowings(table: &Table) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    match &table.collection {
        Collection::Users { role, status, .. } => {
            found.extend(role.as_ref().map(|role| ("role", role.to_string())));
            found.extend(status.as_ref().map(|status| ("status", status.to_string())));
        }
        Collection::Resumes { owner, tag, .. } => {
            found.extend(owner.map(|owner| ("owner", crate::client::row::short(&owner))));
            found.extend(tag.as_ref().map(|tag| ("tag", escaped(tag))));
        }
        Collection::Audit { actor, object } => {
            found.extend(actor.map(|actor| ("by", crate::client::row::short(&actor))));
            found.extend(object.as_ref().map(|object| ("to", crate::client::row::short(&escaped(object)))));
        }
        Collection::Revisions(id) => found.push(("of", crate::client::row::short(id))),
        Collection::Sessions(id) => found.push(("of", crate::client::row::short(id))),
    }
    found
}

/// The filter, while it is typed and while it holds.
fn filter(model: &Model, table: &Table, canvas: &mut Canvas<'_>, area: Rect) -> u16 {
    let Some(line) = &model.filter else {
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
            _ => "words of it",
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

/// What a list is sorted by, as people call it.
pub(crate) fn order_word(sort: Sort) -> &'static str {
    match sort.key {
        "created_at" => "created",
        "updated_at" => "updated",
        "email" => "e-mail",
        "sequence" => "time",
        other => other,
    }
}

pub(crate) fn tabs(person: &Person, canvas: &mut Canvas<'_>, area: Rect) {
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

/// What is going on: the last notice, or error, or where the cursor is.
pub(crate) fn status(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let area = margin(area);
    if area.height == 0 {
        return;
    }
    let end = canvas.right(area, &place_text(model), StyleRole::Dim);
    let left = Rect { width: end.saturating_sub(area.x + 1), ..area };
    if let Some((style, text)) = status_text(model) {
        canvas.left(left, &text, style);
    }
}

/// What is going on, in a sentence.
pub(crate) fn status_text(model: &Model) -> Option<(StyleRole, String)> {
    let table = model.screen.table();
    let with_next = |text: &str, next: &Option<String>| {
        let next = next.as_ref().map(|next| format!(" · {next}")).unwrap_or_default();
        format!("{text}{next}")
    };
    if let Some(work) = &model.work {
        return Some((StyleRole::Accent, work.progress()));
    }
    if table.is_some_and(Table::is_gathering) {
        return Some((StyleRole::Dim, "marking all that is listed …".to_owned()));
    }
    if model.opening.is_some() && model.notice.is_none() {
        return Some((StyleRole::Dim, "reading …".to_owned()));
    }
    if let Some(notice) = &model.notice {
        return Some((notice.style, with_next(&notice.text, &notice.next)));
    }
    let error = match &model.screen {
        Screen::Health(health) => health.error.as_ref(),
        _ => table.and_then(|table| table.error.as_ref()),
    };
    if let Some(error) = error {
        return Some((StyleRole::Bad, with_next(error.headline(), &error.next)));
    }
    if let Some((style, words)) = link_words(&model.link) {
        return Some((style, words.to_owned()));
    }
    let table = table?;
    if table.range_from.is_some() || !table.marks.is_empty() {
        let range = if table.range_from.is_some() { " · marking a range" } else { "" };
        let cut = if table.is_cut { ", the first of more" } else { "" };
        return Some((StyleRole::Marked, format!("{} marked{cut}{range}", count(table.marks.len() as u64))));
    }
    table.is_waiting().then(|| (StyleRole::Dim, "reading …".to_owned()))
}

fn link_words(link: &LinkState) -> Option<(StyleRole, &'static str)> {
    match link {
        LinkState::Live | LinkState::Connecting => None,
        LinkState::Closed => Some((StyleRole::Warn, "not logged in")),
        LinkState::Lost => {
            Some((StyleRole::Warn, "offline: what you see is as of the last answer; connecting again …"))
        }
        LinkState::Failed(_) => {
            Some((StyleRole::Warn, "no live changes: the server ended the stream; reload to see what is new"))
        }
    }
}

/// Where the cursor is in the list, or the screen in the text.
pub(crate) fn place_text(model: &Model) -> String {
    match &model.screen {
        Screen::Reader(reader) => {
            let lines = reader.viewer.lines().len();
            if lines == 0 { String::new() } else { format!("line {} of {lines}", reader.viewer.scroll + 1) }
        }
        Screen::Health(health) => {
            health.newest().map(|newest| format!("as of {}", clock(newest.at))).unwrap_or_default()
        }
        Screen::Log(_) => format!("{} notices", model.log.len()),
        screen => match screen.table() {
            Some(table)
                if table.window.as_ref().is_some_and(|window| window.row(0).is_some() || table.place > 0) =>
            {
                let total = table.len().map(|len| format!(" of {}", count(len))).unwrap_or_default();
                match table.ordinal(table.place) {
                    Some(at) => format!("{}{total}", count(at + 1)),
                    None => format!("{} from the end", count(table.place + 1)),
                }
            }
            _ => String::new(),
        },
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
            model.overlay,
            Some(Overlay::Form(_) | Overlay::Confirm(_) | Overlay::Discard(_) | Overlay::Quit)
        )
    {
        return;
    }
    let mut x = area.x;
    for action in WANTED.iter().filter(|action| access(model, **action) == Access::Yes) {
        let (key, hint) = (model.keymap.key_text(*action), action.entry().hint);
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
