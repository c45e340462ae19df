//! Keys in overlays, in the filter and on screens.

use crossterm::event::KeyCode;

use super::{actions, bulk_operation, feedback, forms, login};
use crate::app::access::{Access, access};
use crate::app::action::Action;
use crate::app::action_kind::Movement;
use crate::app::effect::{Effect, StoreChange};
use crate::app::location::{self, Location};
use crate::app::model::Model;
use crate::overlays::{Confirm, Overlay, Picker};
use crate::terminal::key::Key;
use crate::terminal::theme::StyleRole;
use crate::widgets::text_input::TextInput;

/// Takes a key in.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    model.notices.current = None;
    let action = model.appearance.keymap.action(key);
    // What is held with control types nothing, so these work everywhere.
    if let Some(action @ (Action::Quit | Action::Suspend)) = action.filter(|_| key.typed().is_none()) {
        return actions::carry_out(model, action);
    }
    match model.overlays.current.take() {
        Some(overlay) => in_overlay(model, overlay, key),
        None if model.navigation.filter.is_some() => in_filter(model, key),
        None => action.map(|action| actions::carry_out(model, action)).unwrap_or_default(),
    }
}

/// Takes a pasted text in, where something is typed; elsewhere it means nothing.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    match &mut model.overlays.current {
        Some(Overlay::Login(form)) => form.line_mut().insert(text),
        Some(Overlay::Form(form)) => forms::paste(form, text),
        Some(Overlay::Palette(picker) | Overlay::Jump(picker)) => picker.typed.insert(text),
        None if model.navigation.filter.is_some() => {
            if let Some(line) = &mut model.navigation.filter {
                line.insert(text);
            }
            apply_filter(model);
        }
        None if text.trim_start().starts_with(location::SCHEME) => return jump(model, text),
        Some(Overlay::Confirm(confirm)) => confirm.typed.insert(text),
        Some(
            Overlay::Help(_) | Overlay::Columns(_) | Overlay::Drafts(_) | Overlay::Discard(_) | Overlay::Quit,
        )
        | None => {}
    }
    Vec::new()
}

/// Selects the pressed line of an overlay.
pub(super) fn choose(model: &mut Model, line: usize) -> Vec<Effect> {
    match model.overlays.current.take() {
        Some(Overlay::Palette(mut picker)) => {
            picker.chosen = line;
            in_overlay(model, Overlay::Palette(picker), Key::plain(KeyCode::Enter))
        }
        Some(Overlay::Jump(mut picker)) => {
            picker.chosen = line;
            in_overlay(model, Overlay::Jump(picker), Key::plain(KeyCode::Tab))
        }
        Some(Overlay::Columns(_)) => {
            in_overlay(model, Overlay::Columns(line), Key::plain(KeyCode::Char(' ')))
        }
        Some(Overlay::Form(mut form)) => {
            forms::point(&mut form, line);
            model.overlays.current = Some(Overlay::Form(form));
            Vec::new()
        }
        Some(Overlay::Drafts(_)) => in_overlay(model, Overlay::Drafts(line), Key::plain(KeyCode::Enter)),
        Some(Overlay::Login(mut form)) => {
            form.field = line;
            model.overlays.current = Some(Overlay::Login(form));
            Vec::new()
        }
        other @ (Some(Overlay::Help(_) | Overlay::Confirm(_) | Overlay::Discard(_) | Overlay::Quit)
        | None) => {
            model.overlays.current = other;
            Vec::new()
        }
    }
}

/// The overlay was taken out of the model; what stays open is put back.
fn in_overlay(model: &mut Model, overlay: Overlay, key: Key) -> Vec<Effect> {
    match overlay {
        Overlay::Form(form) => forms::key(model, form, key),
        Overlay::Discard(at) => forms::in_discard(model, at, key),
        _ if key.code() == KeyCode::Esc => {
            model.overlays.pop();
            Vec::new()
        }
        Overlay::Drafts(at) => forms::in_drafts(model, at, key),
        Overlay::Login(form) => login::key(model, form, key),
        Overlay::Palette(picker) => in_palette(model, picker, key),
        Overlay::Jump(picker) => in_jump(model, picker, key),
        Overlay::Help(scroll) => {
            in_help(model, scroll, key);
            Vec::new()
        }
        Overlay::Columns(at) => in_columns(model, at, key),
        Overlay::Confirm(confirm) => in_confirm(model, confirm, key),
        Overlay::Quit => in_quit(model, key),
    }
}

/// Quits in the middle of a bulk change only if that is meant.
fn in_quit(model: &mut Model, key: Key) -> Vec<Effect> {
    match key.code() {
        KeyCode::Char('y') | KeyCode::Enter => vec![Effect::Quit],
        KeyCode::Char('n') => {
            model.overlays.pop();
            Vec::new()
        }
        _ => {
            model.overlays.current = Some(Overlay::Quit);
            Vec::new()
        }
    }
}

fn in_palette(model: &mut Model, mut picker: Picker, key: Key) -> Vec<Effect> {
    let found = picker.actions(|action| access(model, action) != Access::No && action != Action::Palette);
    let mut effects = Vec::new();
    match key.code() {
        KeyCode::Enter => {
            let chosen = found.get(picker.chosen).copied();
            return chosen.map(|action| actions::carry_out(model, action)).unwrap_or_default();
        }
        KeyCode::Down | KeyCode::Tab => picker.choose(1, found.len()),
        KeyCode::Up | KeyCode::BackTab => picker.choose(-1, found.len()),
        KeyCode::PageDown => picker.choose(10, found.len()),
        KeyCode::PageUp => picker.choose(-10, found.len()),
        _ if key.is_ctrl('y') => {
            let command =
                found.get(picker.chosen).and_then(|action| crate::app::command::of_action(model, *action));
            effects = command.map(|command| feedback::copied(model, command)).unwrap_or_default();
        }
        _ if picker.typed.key(key) => picker.chosen = 0,
        _ => {}
    }
    model.overlays.current = Some(Overlay::Palette(picker));
    effects
}

fn in_jump(model: &mut Model, mut picker: Picker, key: Key) -> Vec<Effect> {
    let found = completions(picker.typed.text());
    match key.code() {
        KeyCode::Enter => {
            let typed = picker.typed.text();
            // Where the beginning of a word leads nowhere, the line that is lit is what is meant.
            let is_beginning = Location::parse(typed).is_err() && !location::is_word(typed);
            let meant = found.get(picker.chosen).filter(|_| is_beginning);
            return jump(model, meant.map_or(typed, String::as_str));
        }
        KeyCode::Tab => {
            if let Some(completed) = found.get(picker.chosen) {
                picker.typed = TextInput::new(completed.clone());
                picker.chosen = 0;
            }
        }
        KeyCode::Down => picker.choose(1, found.len()),
        KeyCode::Up => picker.choose(-1, found.len()),
        _ if picker.typed.key(key) => picker.chosen = 0,
        _ => {}
    }
    model.overlays.current = Some(Overlay::Jump(picker));
    Vec::new()
}

/// Goes where the text says; one that leads nowhere stays to be mended.
fn jump(model: &mut Model, text: &str) -> Vec<Effect> {
    let height = model.areas().height();
    if let (Ok(number), Some(table)) =
        (text.trim().replace(',', "").parse::<u64>(), model.screen_mut().table_mut())
    {
        if let Some(place) = table.place_of_ordinal(number.saturating_sub(1)) {
            table.go_to(place, height);
        }
        return Vec::new();
    }
    match Location::parse(text) {
        Ok(place) => actions::go(model, place),
        Err(why) => {
            model.say(StyleRole::Warn, crate::terminal::text::escaped(&why));
            model.overlays.current = Some(Overlay::Jump(Picker { typed: TextInput::new(text), chosen: 0 }));
            Vec::new()
        }
    }
}

/// Returns the completions of the text.
pub(crate) fn completions(typed: &str) -> Vec<String> {
    let Some((before, last)) = typed.rsplit_once(' ') else {
        let words = location::WORDS.iter().map(|(word, _)| *word);
        return words.filter(|word| word.starts_with(typed)).map(|word| format!("{word} ")).collect();
    };
    let first = before.split_whitespace().next().unwrap_or_default();
    let ends: &[&str] = match first {
        "users" | "people" => &[
            "role=admin",
            "role=editor",
            "role=viewer",
            "role=member",
            "status=active",
            "status=disabled",
            "sort=name",
            "sort=email",
            "sort=-created_at",
            "sort=-updated_at",
        ],
        "resumes" => &["owner=", "tag=", "sort=title", "sort=-created_at", "sort=-updated_at"],
        "audit" => &[
            "actor=",
            "object=",
            "users.",
            "resumes.",
            "auth.login.failed",
            "auth.session.",
            "sort=sequence",
        ],
        "revisions" => &["sort=revision"],
        "trash" => &["users", "resumes"],
        _ => &[],
    };
    let fitting = ends.iter().filter(|end| end.starts_with(last) && **end != last);
    fitting.map(|end| format!("{before} {end}")).collect()
}

/// Starts a confirmed operation: a protected profile requires the typed name or number, others a `y`.
fn in_confirm(model: &mut Model, mut confirm: Box<Confirm>, key: Key) -> Vec<Effect> {
    let is_meant = if model.session.profile.is_protected {
        key.code() == KeyCode::Enter && confirm.plan.is_confirmed_by(confirm.typed.text())
    } else {
        matches!(key.code(), KeyCode::Enter | KeyCode::Char('y'))
    };
    if is_meant {
        return bulk_operation::begin(model, confirm.plan, confirm.origin);
    }
    if !model.session.profile.is_protected && key.code() == KeyCode::Char('n') {
        return Vec::new();
    }
    if key.is_ctrl('y') {
        let command = crate::app::command::of_plan(&confirm.plan, model.session.my_id());
        model.overlays.current = Some(Overlay::Confirm(confirm));
        return feedback::copied(model, command);
    }
    confirm.typed.key(key);
    model.overlays.current = Some(Overlay::Confirm(confirm));
    Vec::new()
}

fn in_help(model: &mut Model, scroll: usize, key: Key) {
    let page = usize::from(model.appearance.size.1).saturating_sub(6).max(1);
    let scroll = match model.appearance.keymap.movement(key) {
        Some(Movement::Down) => scroll.saturating_add(1),
        Some(Movement::Up) => scroll.saturating_sub(1),
        Some(Movement::PageDown) => scroll.saturating_add(page),
        Some(Movement::PageUp) => scroll.saturating_sub(page),
        Some(Movement::First) => 0,
        Some(Movement::Last) => usize::MAX,
        // Any other key closes the help.
        None => return,
    };
    let most = crate::overlays::view::help_lines(model).saturating_sub(page);
    model.overlays.current = Some(Overlay::Help(scroll.min(most)));
}

fn in_columns(model: &mut Model, at: usize, key: Key) -> Vec<Effect> {
    let mut effects = Vec::new();
    let Some(collection) = model.screen().table().map(|table| table.collection.clone()) else {
        return effects;
    };
    let all = collection.columns();
    let last = all.len() - 1;
    let mut to = at.min(last);
    match (key.code(), model.appearance.keymap.action(key)) {
        (KeyCode::Enter, _) => return effects,
        (_, Some(Action::Down)) => to = (to + 1).min(last),
        (_, Some(Action::Up)) => to = to.saturating_sub(1),
        (_, Some(Action::Mark)) => {
            let shown: Vec<_> = collection
                .shown_columns(&model.appearance.columns)
                .iter()
                .map(|column| column.field)
                .collect();
            let field = all[to].field;
            let is_wanted = |known| shown.contains(&known) != (known == field);
            let chosen: Vec<_> = all.iter().map(|c| c.field).filter(|known| is_wanted(*known)).collect();
            if !chosen.is_empty() {
                model.appearance.columns.insert(collection.kind(), chosen);
                effects.push(Effect::Store(StoreChange::Columns(crate::client::columns::names_of(
                    &model.appearance.columns,
                ))));
            }
        }
        _ => {}
    }
    model.overlays.current = Some(Overlay::Columns(to));
    effects
}

fn in_filter(model: &mut Model, key: Key) -> Vec<Effect> {
    let height = model.areas().height();
    let page = i64::try_from(height).unwrap_or(1);
    let Some(line) = &mut model.navigation.filter else { return Vec::new() };
    let step = match key.code() {
        KeyCode::Enter => {
            model.navigation.filter = None;
            return Vec::new();
        }
        KeyCode::Esc => {
            model.navigation.filter = None;
            if let Some(table) = model.screen_mut().table_mut() {
                table.filter(String::new());
            }
            return Vec::new();
        }
        KeyCode::Down => 1,
        KeyCode::Up => -1,
        KeyCode::PageDown => page,
        KeyCode::PageUp => -page,
        _ => {
            if line.key(key) {
                apply_filter(model);
            }
            return Vec::new();
        }
    };
    if let Some(table) = model.screen_mut().table_mut() {
        table.step(step, height);
    }
    Vec::new()
}

fn apply_filter(model: &mut Model) {
    let Some(line) = &model.navigation.filter else { return };
    let query = line.text().trim().to_owned();
    if let Some(table) = model.screen_mut().table_mut() {
        table.filter(query);
    }
}
