//! What each action does.

use vitae_sdk::UserId;

use super::answers::Finding;
use super::{opening, work};
use crate::access::{self, Access, access};
use crate::action::Action;
use crate::command;
use crate::effect::Effect;
use crate::layout;
use crate::model::Model;
use crate::overlay::{LoginForm, Overlay, Picker};
use crate::place::{self, Place};
use crate::pulses::Pulses;
use crate::request::Request;
use crate::row::Row;
use crate::screen::{Person, Screen};
use crate::sheet::{Form, Subject};
use crate::source::Source;
use crate::table::Table;
use crate::theme::Ink;
use crate::window::Anchor;

/// Does an action, or says why it may not be done.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match access(model, action) {
        Access::Yes => {}
        Access::No => return Vec::new(),
        Access::Denied(right) => {
            model.say(Ink::Warn, format!("{}: {right}", action.entry().words));
            return Vec::new();
        }
    }
    match action {
        Action::People => open_list(model, Source::PEOPLE),
        Action::Resumes => open_list(model, Source::RESUMES),
        Action::Audit => open_list(model, Source::AUDIT),
        Action::DeletedPeople => open_list(model, Source::DELETED_PEOPLE),
        Action::DeletedResumes => open_list(model, Source::DELETED_RESUMES),
        Action::MySessions => go(model, Place::MySessions),
        Action::Pulses => go(model, Place::Pulses),
        Action::Log => go(model, Place::Log),
        Action::Back => back(model),
        Action::Forward => model.go_forward().unwrap_or_default(),
        Action::Open => open(model),
        Action::Revisions => match access::resume_of(&model.screen) {
            Some(id) => model.open(Screen::table_of(Source::Revisions(id))),
            None => Vec::new(),
        },
        Action::Compare => compare(model),
        Action::Owner => match access::person_behind(&model.screen) {
            Some(id) => go(model, Place::Person(id)),
            None => Vec::new(),
        },
        Action::CopyCommand | Action::CopyAddress | Action::CopyId => copy(model, action),
        Action::Delete
        | Action::Restore
        | Action::Disable
        | Action::EndSession
        | Action::Undo
        | Action::Redo
        | Action::Retry => work::propose(model, action),
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
pub(super) fn go(model: &mut Model, place: Place) -> Vec<Effect> {
    match place {
        Place::List { source, query, sort, seek } => {
            let mut table = Table::new(source);
            (table.query, table.seek) = (query, seek);
            table.sort = sort.or(table.sort);
            model.open(Screen::Table(Box::new(table)))
        }
        Place::Person(id) => model.open(Screen::Person(Box::new(Person::new(id)))),
        Place::Resume(id) => model.open(Screen::reader(Subject::Resume(id, 0))),
        Place::Change(id, from, to) => model.open(Screen::reader(Subject::Change(id, from, to))),
        Place::Pulses if matches!(model.screen, Screen::Pulses(_)) => Vec::new(),
        Place::Pulses => {
            let pulses = pulses(model);
            model.open(Screen::Pulses(pulses))
        }
        Place::Log => model.open(Screen::Log(0)),
        Place::MySessions => match my_id(model) {
            Some(id) => model.open(Screen::table_of(Source::Sessions(id))),
            None => {
                model.wants_my_sessions = true;
                model.say(Ink::Warn, "your sessions can be shown as soon as the server has said who you are");
                Vec::new()
            }
        },
        Place::PersonByEmail(email) => find(model, email, Finding::Person),
        Place::ResumesOf(email) => find(model, email, Finding::Resumes),
    }
}

/// The pulses with what was seen of them last.
fn pulses(model: &mut Model) -> Box<Pulses> {
    let known = model.screens_mut().filter_map(|screen| match screen {
        Screen::Pulses(pulses) => Some(pulses.clone()),
        _ => None,
    });
    known
        .max_by_key(|pulses| pulses.newest().map(|newest| newest.at))
        .unwrap_or_else(|| Box::new(Pulses::new()))
}

fn find(model: &mut Model, email: String, to: Finding) -> Vec<Effect> {
    let ticket = model.tickets.next();
    model.finding = Some((ticket, to));
    vec![Effect::Ask(ticket, Request::UserByEmail(email))]
}

/// Opens a list, unless it is open already.
fn open_list(model: &mut Model, source: Source) -> Vec<Effect> {
    if matches!(&model.screen, Screen::Table(table) if table.source == source) {
        return Vec::new();
    }
    model.open(Screen::table_of(source))
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
    if work::stop(model) {
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
    if let Screen::Pulses(pulses) = &model.screen {
        return pulses.leads_to().map(|place| go(model, place)).unwrap_or_default();
    }
    let Some(table) = model.screen.table() else { return Vec::new() };
    let place = match (table.current(), &table.source) {
        (Some(Row::User(user)), _) => Place::Person(user.id),
        (Some(Row::Resume(resume)), _) => Place::Resume(resume.id),
        (Some(Row::Revision(revision)), Source::Revisions(id)) => Place::Change(*id, None, revision.revision),
        (Some(Row::Entry(entry)), _) => {
            let id = entry.object.id.to_string();
            let place = match entry.object.kind.as_str() {
                "resume" => id.parse().ok().map(Place::Resume),
                "user" | "credential" => id.parse().ok().map(Place::Person),
                _ => entry.actor.id.map(Place::Person),
            };
            match place {
                Some(place) => place,
                None => {
                    model.say(Ink::Dim, "there is nothing more to show about this entry");
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
    let Source::Revisions(id) = table.source else { return Vec::new() };
    let marked: Vec<u64> = table.marks.keys().filter_map(crate::row::RowId::revision).collect();
    let place = match (marked[..].as_ref(), table.current()) {
        ([one, other], _) => Place::Change(id, Some(*one.min(other)), *one.max(other)),
        ([], Some(Row::Revision(revision))) => Place::Change(id, None, revision.revision),
        _ => {
            model
                .say(Ink::Warn, "mark two revisions to compare them, or none to compare with the one before");
            return Vec::new();
        }
    };
    go(model, place)
}

fn copy(model: &mut Model, action: Action) -> Vec<Effect> {
    let text = match action {
        Action::CopyCommand => command::of_screen(&model.screen, my_id(model)),
        Action::CopyAddress => Some(place::address(&model.screen)),
        _ => access::id_of(&model.screen),
    };
    text.map(|text| copied(model, text)).unwrap_or_default()
}

/// Puts a text on the clipboard, and says so.
pub(super) fn copied(model: &mut Model, text: String) -> Vec<Effect> {
    model.say(Ink::Good, format!("copied: {}", crate::text::escaped(&text)));
    vec![Effect::Copy(text)]
}

fn move_by(model: &mut Model, action: Action) {
    let areas = layout::areas(model);
    let (height, sheet) = (areas.height(), usize::from(areas.sheet(&model.screen).height));
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
        Screen::Reader(reader) => reader.sheet.scroll_by(lines, sheet),
        Screen::Pulses(pulses) => pulses.step(lines, usize::from(areas.rows.height)),
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
    let sheet_height = usize::from(layout::areas(model).sheet(&model.screen).height);
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
            model.say(Ink::Warn, words);
        }
        Action::Theme => {
            model.theme = model.theme.next();
            model.follows_background = false;
            model.say(Ink::Dim, format!("theme {}", model.theme.name()));
        }
        Action::Reload => {
            model.names.try_again();
            model.screen.reload();
            model.screen.try_again();
        }
        Action::PaneDown | Action::PaneUp => {
            let lines = if action == Action::PaneDown { half } else { -half };
            if let Some(sheet) = model.screen.sheet_mut() {
                sheet.scroll_by(lines, sheet_height);
            }
        }
        Action::Form => {
            if let Some(sheet) = model.screen.sheet_mut() {
                sheet.form = if sheet.form == Form::Raw { Form::Rendered } else { Form::Raw };
                sheet.scroll = 0;
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
        Action::Filter => model.filter = Some(crate::line::Line::new(table.query.clone())),
        Action::Sort => {
            let orders = table.source.sorts();
            let at = orders.iter().position(|order| table.sort.is_some_and(|sort| sort.key == order.key));
            table.sort_by(orders[at.map_or(0, |at| at + 1) % orders.len()]);
        }
        Action::Reverse => {
            if let Some(sort) = table.sort {
                table.sort_by(crate::source::Sort { descending: !sort.descending, ..sort });
            }
        }
        Action::Mark => {
            table.toggle_mark();
            table.step(1, height);
        }
        Action::MarkRange => {
            table.mark_range();
            if table.range_from.is_some() {
                model.say(Ink::Dim, "go to the other end of the range, and press the key again");
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
