//! Carries actions out.

use super::feedback::copied;
use super::{bulk_operation, form_opening};
use crate::app::access::{self, Access, access};
use crate::app::action::Action;
use crate::app::action_kind::{AppAction, Command, ScreenAction};
use crate::app::effect::Effect;
use crate::app::location::{Location, LookupPurpose};
use crate::app::model::Model;
use crate::client::collection::Collection;
use crate::client::request::Request;
use crate::client::ticket::{Part, Requester};
use crate::overlays::{LoginForm, Overlay, Picker};
use crate::persistence::undo::Direction;
use crate::screens;
use crate::screens::screen::{Outcome, UpdateContext};
use crate::terminal::theme::StyleRole;
use crate::widgets::text_input::TextInput;

/// Carries an action out, or says why it is denied.
pub(super) fn carry_out(model: &mut Model, action: Action) -> Vec<Effect> {
    match access(model, action) {
        Access::Yes => {}
        Access::No => return Vec::new(),
        Access::Denied(right) => {
            model.say(StyleRole::Warn, format!("{}: {right}", action.entry().words));
            return Vec::new();
        }
    }
    match action.command() {
        Command::Go(location) => go_from_menu(model, location),
        Command::Screen(action) => act_on_screen(model, action),
        Command::Write(action) => form_opening::begin(model, action),
        Command::Change(action) => bulk_operation::propose(model, action),
        Command::App(action) => act_on_app(model, action),
    }
}

/// Goes to a location, unless a screen of the same collection is shown.
fn go_from_menu(model: &mut Model, location: Location) -> Vec<Effect> {
    if let (Location::List { collection, .. }, Location::List { collection: shown, .. }) =
        (&location, model.screen().location())
        && *collection == shown
    {
        return Vec::new();
    }
    go(model, location)
}

/// Goes to a location; a screen without a list that is there already stays.
pub(super) fn go(model: &mut Model, location: Location) -> Vec<Effect> {
    let is_list = matches!(location, Location::List { .. });
    if !is_list && model.screen().location() == location {
        return Vec::new();
    }
    if let Some((email, purpose)) = location.lookup() {
        return look_up(model, email.to_owned(), purpose);
    }
    let screen = model.navigation.continued(&location);
    match screen.or_else(|| screens::open(location, model.session.my_id())) {
        Some(screen) => model.open(screen),
        None => {
            model.session.wants_my_sessions = true;
            model.say(StyleRole::Warn, "your sessions open as soon as your account is loaded");
            Vec::new()
        }
    }
}

fn look_up(model: &mut Model, email: String, purpose: LookupPurpose) -> Vec<Effect> {
    let pending = model.tickets.issuer(Requester::Lookup).next();
    model.navigation.lookup = Some((pending, purpose));
    vec![Effect::Send(pending.ticket(), Request::UserByEmail(email))]
}

pub(super) fn act_on_screen(model: &mut Model, action: ScreenAction) -> Vec<Effect> {
    let (areas, notices) = (model.areas(), model.notices.log.len());
    let tickets = model.tickets.issuer(Requester::Screen(Part::Object));
    let mut cx = UpdateContext { areas, tickets, notices };
    match model.navigation.screen.update(action, &mut cx) {
        Outcome::Done => Vec::new(),
        Outcome::Go(location) => go(model, location),
        Outcome::Say(style, words) => {
            model.say(style, words);
            Vec::new()
        }
        Outcome::Send(effects) => effects,
    }
}

fn act_on_app(model: &mut Model, action: AppAction) -> Vec<Effect> {
    match action {
        AppAction::Back => return back(model),
        AppAction::Forward => return model.navigation.go_forward(),
        AppAction::Revisions => {
            let id = model.screen().selection().resume_id();
            let list = id.map(|id| screens::list(Collection::Revisions(id)));
            return list.map(|list| model.open(list)).unwrap_or_default();
        }
        AppAction::Owner => {
            let id = model.screen().selection().person_behind();
            return id.map(|id| go(model, Location::Person(id))).unwrap_or_default();
        }
        AppAction::Undo => return bulk_operation::replay(model, Direction::Undo),
        AppAction::Redo => return bulk_operation::replay(model, Direction::Redo),
        AppAction::Retry => return bulk_operation::retry(model),
        AppAction::CopyCommand => {
            let command = model.screen().command(model.session.my_id());
            return command.map(|command| copied(model, command)).unwrap_or_default();
        }
        AppAction::CopyAddress => {
            let address = model.screen().location().to_string();
            return copied(model, address);
        }
        AppAction::CopyId => {
            return access::id_here(model).map(|id| copied(model, id)).unwrap_or_default();
        }
        AppAction::Suspend => return vec![Effect::Suspend],
        AppAction::Quit => return quit(model),
        AppAction::Jump => model.overlays.current = Some(Overlay::Jump(Picker::default())),
        AppAction::Palette => model.overlays.current = Some(Overlay::Palette(Picker::default())),
        AppAction::Help => model.overlays.current = Some(Overlay::Help(0)),
        AppAction::Columns => model.overlays.current = Some(Overlay::Columns(0)),
        AppAction::Drafts => model.overlays.current = Some(Overlay::Drafts(0)),
        AppAction::Login => {
            let email = model.session.me.as_ref().map(|me| me.email.as_str()).unwrap_or_default();
            let form = LoginForm::new(&model.session.server, email, None);
            model.overlays.current = Some(Overlay::Login(Box::new(form)));
        }
        AppAction::Filter => {
            let query = model.screen().table().map(|table| table.query.clone());
            model.navigation.filter = query.map(TextInput::new);
        }
        AppAction::ReadOnly => toggle_read_only(model),
        AppAction::Theme => {
            let appearance = &mut model.appearance;
            appearance.theme = appearance.theme.next();
            appearance.follows_background = false;
            let words = format!("theme {}", appearance.theme.name());
            model.say(StyleRole::Dim, words);
        }
        AppAction::Reload => {
            model.names.retry();
            model.screen_mut().reload();
            model.screen_mut().retry();
        }
    }
    Vec::new()
}

fn toggle_read_only(model: &mut Model) {
    model.session.is_read_only = !model.session.is_read_only;
    let words =
        if model.session.is_read_only { "read-only is on: changes are blocked" } else { "read-only is off" };
    model.say(StyleRole::Warn, words);
}

/// Quits; asks first while a bulk operation is under way.
fn quit(model: &mut Model) -> Vec<Effect> {
    if model.bulk_operation.is_none() || matches!(model.overlays.current, Some(Overlay::Quit)) {
        return vec![Effect::Quit];
    }
    model.overlays.push(Overlay::Quit);
    Vec::new()
}

/// Stops the bulk operation, or clears the marks, or clears the filter, or else shows the previous screen.
fn back(model: &mut Model) -> Vec<Effect> {
    if bulk_operation::stop(model) {
        return Vec::new();
    }
    if !access::has_something_to_clear(model) {
        return model.navigation.go_back();
    }
    if let Some(table) = model.screen_mut().table_mut() {
        if table.marks.is_empty() && table.range_from.is_none() {
            table.filter(String::new());
        }
        table.marks.clear();
        table.range_from = None;
    }
    Vec::new()
}
