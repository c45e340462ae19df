//! What each action does.

use vitae_sdk::UserId;

use super::responses::Finding;
use super::{bulk_operation, opening};
use crate::app::access::{self, Access, access};
use crate::app::action::Action;
use crate::app::command;
use crate::app::effect::Effect;
use crate::app::layout;
use crate::app::location::{self, Location};
use crate::app::model::Model;
use crate::client::collection::Collection;
use crate::client::request::Request;
use crate::client::row::Row;
use crate::client::window::Anchor;
use crate::overlays::{LoginForm, Overlay, Picker};
use crate::screens::health::state::Health;
use crate::screens::{Person, Screen};
use crate::terminal::theme::StyleRole;
use crate::widgets::table::Table;
use crate::widgets::text_viewer::{Form, Subject};

/// Does an action, or says why it may not be done.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match access(model, action) {
        Access::Yes => {}
        Access::No => return Vec::new(),
        Access::Denied(right) => {
            model.say(StyleRole::Warn, format!("{}: {right}", action.entry().words));
            return Vec::new();
        }
    }
    match action {
        Action::People => open_list(model, Collection::PEOPLE),
        Action::Resumes => open_list(model, Collection::RESUMES),
        Action::Audit => open_list(model, Collection::AUDIT),
        Action::DeletedPeople => open_list(model, Collection::DELETED_PEOPLE),
        Action::DeletedResumes => open_list(model, Collection::DELETED_RESUMES),
        Action::MySessions => go(model, Location::MySessions),
        Action::Health => go(model, Location::Health),
        Action::Log => go(model, Location::Log),
        Action::Back => back(model),
        Action::Forward => model.go_forward().unwrap_or_default(),
        Action::Open => open(model),
        Action::Revisions => match access::resume_of(&model.screen) {
            Some(id) => model.open(Screen::table_of(Collection::Revisions(id))),
            None => Vec::new(),
        },
        Action::Compare => compare(model),
        Action::Owner => match access::person_behind(&model.screen) {
            Some(id) => go(model, Location::Person(id)),
            None => Vec::new(),
        },
        Action::CopyCommand | Action::CopyAddress | Action::CopyId => copy(model, action),
        Action::Delete
        | Action::Restore
        | Action::Disable
        | Action::EndSession
        | Action::Undo
        | Action::Redo
        | Action::Retry => bulk_operation::propose(model, action),
        Action::New | Action::Edit | Action::EditDocument | Action::Password => opening::begin(model, action),
        Action::MarkAll => mark_all(model),
        Action::Suspend => vec![Effect::Suspend],
        Action::Quit => quit(model),
        Action::Down | Action::Up | Action::PageDown | Action::PageUp | Action::First | Action::Last => {
            move_by(model, action);
            Vec::new()
        }
        _ => {
            change_view(model, action);
            Vec::new()
        }
    }
}

/// Goes to a place.
pub(super) fn go(model: &mut Model, place: Location) -> Vec<Effect> {
    match place {
        Location::List { collection, query, sort, seek } => {
            let mut table = Table::new(collection);
            (table.query, table.seek) = (query, seek);
            table.sort = sort.or(table.sort);
            model.open(Screen::Table(Box::new(table)))
        }
        Location::Person(id) => model.open(Screen::Person(Box::new(Person::new(id)))),
        Location::Resume(id) => model.open(Screen::reader(Subject::Resume(id, 0))),
        Location::Change(id, from, to) => model.open(Screen::reader(Subject::Change(id, from, to))),
        Location::Health if matches!(model.screen, Screen::Health(_)) => Vec::new(),
        Location::Health => {
            let health = health(model);
            model.open(Screen::Health(health))
        }
        Location::Log => model.open(Screen::Log(0)),
        Location::MySessions => match my_id(model) {
            Some(id) => model.open(Screen::table_of(Collection::Sessions(id))),
            None => {
                model.wants_my_sessions = true;
                model.say(
                    StyleRole::Warn,
                    "your sessions can be shown as soon as the server has said who you are",
                );
                Vec::new()
            }
        },
        Location::PersonByEmail(email) => find(model, email, Finding::Person),
        Location::ResumesOf(email) => find(model, email, Finding::Resumes),
    }
}

/// The health with what was seen of them last.
fn health(model: &mut Model) -> Box<Health> {
    let known = model.screens_mut().filter_map(|screen| match screen {
        Screen::Health(health) => Some(health.clone()),
        _ => None,
    });
    known
        .max_by_key(|health| health.newest().map(|newest| newest.at))
        .unwrap_or_else(|| Box::new(Health::new()))
}

fn find(model: &mut Model, email: String, to: Finding) -> Vec<Effect> {
    let ticket = model.tickets.next();
    model.finding = Some((ticket, to));
    vec![Effect::Send(ticket, Request::UserByEmail(email))]
}

/// Opens a list, unless it is open already.
fn open_list(model: &mut Model, collection: Collection) -> Vec<Effect> {
    if matches!(&model.screen, Screen::Table(table) if table.collection == collection) {
        return Vec::new();
    }
    model.open(Screen::table_of(collection))
}

/// Quits; asks first while a bulk change is under way.
fn quit(model: &mut Model) -> Vec<Effect> {
    if model.work.is_none() || matches!(model.overlay, Some(Overlay::Quit)) {
        return vec![Effect::Quit];
    }
    model.below.extend(model.overlay.replace(Overlay::Quit));
    Vec::new()
}

/// Takes back the last thing: marks, the filter, the screen.
fn back(model: &mut Model) -> Vec<Effect> {
    if bulk_operation::stop(model) {
        return Vec::new();
    }
    if !access::has_something_to_clear(model) {
        return model.go_back().unwrap_or_default();
    }
    if let Some(table) = model.screen.table_mut() {
        if table.marks.is_empty() && table.range_from.is_none() {
            table.filter(String::new());
        }
        table.marks.clear();
        table.range_from = None;
    }
    Vec::new()
}

fn open(model: &mut Model) -> Vec<Effect> {
    if let Screen::Health(health) = &model.screen {
        return health.leads_to().map(|place| go(model, place)).unwrap_or_default();
    }
    let Some(table) = model.screen.table() else { return Vec::new() };
    let place = match (table.current(), &table.collection) {
        (Some(Row::User(user)), _) => Location::Person(user.id),
        (Some(Row::Resume(resume)), _) => Location::Resume(resume.id),
        (Some(Row::Revision(revision)), Collection::Revisions(id)) => {
            Location::Change(*id, None, revision.revision)
        }
        (Some(Row::Entry(entry)), _) => {
            let id = entry.object.id.to_string();
            let place = match entry.object.kind.as_str() {
                "resume" => id.parse().ok().map(Location::Resume),
                "user" | "credential" => id.parse().ok().map(Location::Person),
                _ => entry.actor.id.map(Location::Person),
            };
            match place {
                Some(place) => place,
                None => {
                    model.say(StyleRole::Dim, "there is nothing more to show about this entry");
                    return Vec::new();
                }
            }
        }
        _ => return Vec::new(),
    };
    go(model, place)
}

fn compare(model: &mut Model) -> Vec<Effect> {
    let Some(table) = model.screen.table() else { return Vec::new() };
    let Collection::Revisions(id) = table.collection else { return Vec::new() };
    let marked: Vec<u64> = table.marks.keys().filter_map(crate::client::row::RowId::revision).collect();
    let place = match (marked[..].as_ref(), table.current()) {
        ([one, other], _) => Location::Change(id, Some(*one.min(other)), *one.max(other)),
        ([], Some(Row::Revision(revision))) => Location::Change(id, None, revision.revision),
        _ => {
            model.say(
                StyleRole::Warn,
                "mark two revisions to compare them, or none to compare with the one before",
            );
            return Vec::new();
        }
    };
    go(model, place)
}

fn copy(model: &mut Model, action: Action) -> Vec<Effect> {
    let text = match action {
        Action::CopyCommand => command::of_screen(&model.screen, my_id(model)),
        Action::CopyAddress => Some(location::address(&model.screen)),
        _ => access::id_of(&model.screen),
    };
    text.map(|text| copied(model, text)).unwrap_or_default()
}

/// Puts a text on the clipboard, and says so.
pub(super) fn copied(model: &mut Model, text: String) -> Vec<Effect> {
    model.say(StyleRole::Good, format!("copied: {}", crate::terminal::text::escaped(&text)));
    vec![Effect::Copy(text)]
}

fn move_by(model: &mut Model, action: Action) {
    let areas = layout::areas(model);
    let (height, viewer) = (areas.height(), usize::from(areas.viewer(&model.screen).height));
    let page = i64::try_from(height).unwrap_or(1).saturating_sub(1).max(1);
    let lines = match action {
        Action::Down => 1,
        Action::Up => -1,
        Action::PageDown => page,
        Action::PageUp => -page,
        Action::Last => i64::MAX,
        _ => i64::MIN,
    };
    match &mut model.screen {
        Screen::Reader(reader) => reader.viewer.scroll_by(lines, viewer),
        Screen::Health(health) => health.step(lines, usize::from(areas.rows.height)),
        Screen::Log(scroll) => {
            let most = model.log.len().saturating_sub(usize::from(areas.rows.height));
            let lines = isize::try_from(lines).unwrap_or(if lines < 0 { isize::MIN } else { isize::MAX });
            *scroll = scroll.saturating_add_signed(lines).min(most);
        }
        screen => {
            let Some(table) = screen.table_mut() else { return };
            match action {
                Action::First => table.go_to_end(Anchor::Start, height),
                Action::Last => table.go_to_end(Anchor::End, height),
                _ => table.step(lines, height),
            }
        }
    }
}

fn change_view(model: &mut Model, action: Action) {
    let sheet_height = usize::from(layout::areas(model).viewer(&model.screen).height);
    let half = i64::try_from(sheet_height / 2).unwrap_or(1).max(1);
    match action {
        Action::Jump => model.overlay = Some(Overlay::Jump(Picker::default())),
        Action::Palette => model.overlay = Some(Overlay::Palette(Picker::default())),
        Action::Help => model.overlay = Some(Overlay::Help(0)),
        Action::Columns => model.overlay = Some(Overlay::Columns(0)),
        Action::Drafts => model.overlay = Some(Overlay::Drafts(0)),
        Action::Login => {
            let email = model.me.as_ref().map(|me| me.email.as_str()).unwrap_or_default();
            model.overlay = Some(Overlay::Login(Box::new(LoginForm::new(&model.server, email, None))));
        }
        Action::ReadOnly => {
            model.is_read_only = !model.is_read_only;
            let words = if model.is_read_only {
                "read-only: nothing is changed"
            } else {
                "changes are possible again"
            };
            model.say(StyleRole::Warn, words);
        }
        Action::Theme => {
            model.theme = model.theme.next();
            model.follows_background = false;
            model.say(StyleRole::Dim, format!("theme {}", model.theme.name()));
        }
        Action::Reload => {
            model.names.try_again();
            model.screen.reload();
            model.screen.try_again();
        }
        Action::PaneDown | Action::PaneUp => {
            let lines = if action == Action::PaneDown { half } else { -half };
            if let Some(viewer) = model.screen.sheet_mut() {
                viewer.scroll_by(lines, sheet_height);
            }
        }
        Action::Form => {
            if let Some(viewer) = model.screen.sheet_mut() {
                viewer.form = if viewer.form == Form::Raw { Form::Rendered } else { Form::Raw };
                viewer.scroll = 0;
            }
        }
        Action::NextTab | Action::PreviousTab => {
            if let Screen::Person(person) = &mut model.screen {
                let tabs = person.tables.len();
                let step = if action == Action::NextTab { 1 } else { tabs - 1 };
                person.tab = (person.tab + step) % tabs;
            }
        }
        _ => change_list(model, action),
    }
}

fn change_list(model: &mut Model, action: Action) {
    let height = layout::areas(model).height();
    let Some(table) = model.screen.table_mut() else { return };
    match action {
        Action::Filter => {
            model.filter = Some(crate::widgets::text_input::TextInput::new(table.query.clone()))
        }
        Action::Sort => {
            let orders = table.collection.sorts();
            let at = orders.iter().position(|order| table.sort.is_some_and(|sort| sort.key == order.key));
            table.sort_by(orders[at.map_or(0, |at| at + 1) % orders.len()]);
        }
        Action::Reverse => {
            if let Some(sort) = table.sort {
                table.sort_by(crate::client::collection::Sort { descending: !sort.descending, ..sort });
            }
        }
        Action::Mark => {
            table.toggle_mark();
            table.step(1, height);
        }
        Action::MarkRange => {
            table.mark_range();
            if table.range_from.is_some() {
                model.say(StyleRole::Dim, "go to the other end of the range, and press the key again");
            }
        }
        Action::Pane => table.pane.is_wanted = !table.pane.is_wanted,
        _ => {}
    }
}

/// Marks everything that the list holds, at the server's word; with marks, takes all of them away.
fn mark_all(model: &mut Model) -> Vec<Effect> {
    let Model { screen, tickets, .. } = model;
    let Some(table) = screen.table_mut() else { return Vec::new() };
    if !table.marks.is_empty() {
        table.marks.clear();
        return Vec::new();
    }
    table.mark_all(tickets)
}

fn my_id(model: &Model) -> Option<UserId> {
    model.me.as_ref().map(|me| me.id)
}
