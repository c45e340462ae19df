//! The view of overlays.

use ratatui::layout::Rect;

use crate::app::access::{Access, access};
use crate::app::action::{ACTIONS, Action, Group};
use crate::app::command;
use crate::app::location;
use crate::app::model::Model;
use crate::client::operation::Operation;
use crate::overlays::{Confirm, LoginForm, Overlay, Picker};
use crate::terminal::text::{escaped, fit_end, minute, wrap};
use crate::terminal::theme::StyleRole;
use crate::widgets::canvas::Canvas;
use crate::widgets::hit_test::Target;
use crate::widgets::layout::margin;
use crate::widgets::resume_view::StyledLine;
use crate::widgets::text_input::TextInput as Typed;

pub(crate) fn overlay(model: &Model, overlay: &Overlay, canvas: &mut Canvas<'_>, whole: Rect) {
    match overlay {
        Overlay::Login(form) => login(form, canvas, whole),
        Overlay::Palette(picker) => palette(model, picker, canvas, whole),
        Overlay::Jump(picker) => jump(picker, canvas, whole),
        Overlay::Help(scroll) => help(model, *scroll, canvas, whole),
        Overlay::Columns(at) => columns(model, *at, canvas, whole),
        Overlay::Confirm(question) => confirm(model, question, canvas, whole),
        Overlay::Form(form) => super::form_view::form(model, form, canvas, whole),
        Overlay::Drafts(at) => super::form_view::drafts(model, *at, canvas, whole),
        Overlay::Discard(at) => {
            ask(canvas, whole, "Discard this draft?", &discard_text(model, *at), "y discard · n keep");
        }
        Overlay::Quit => ask(canvas, whole, "Quit now?", &quit_text(model), "y quit · n stay"),
    }
}

/// A box in the middle, or as much of it as there is room for.
pub(crate) fn middle(whole: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(whole.width), height.min(whole.height));
    let x = whole.x + (whole.width - width) / 2;
    Rect { x, y: whole.y + (whole.height - height) / 3, width, height }
}

pub(crate) fn open(canvas: &mut Canvas<'_>, area: Rect, title: &str) -> Rect {
    canvas.hit(area, Target::Overlay);
    margin(canvas.boxed(area, title))
}

/// A field with what is typed in it, and the terminal's cursor if it is the one that is typed into.
pub(crate) fn field(canvas: &mut Canvas<'_>, area: Rect, typed: (&str, &str), has_cursor: bool) {
    if area.height == 0 || area.width == 0 {
        return;
    }
    canvas.fill(area, StyleRole::Field);
    let before = escaped(typed.0);
    let shown = fit_end(&before, usize::from(area.width.saturating_sub(1)));
    let x = canvas.left(area, shown, StyleRole::Field);
    canvas.put(x, area.y, area.right().saturating_sub(x), &escaped(typed.1), StyleRole::Field);
    if has_cursor {
        canvas.cursor = Some((x.min(area.right().saturating_sub(1)), area.y).into());
    }
}

/// Returns the notes of the login dialog.
pub(crate) fn login_text(form: &LoginForm, width: usize) -> Vec<StyledLine> {
    let mut said: Vec<StyledLine> = Vec::new();
    let mut say =
        |style, text: &str| said.extend(wrap(text, width).into_iter().map(|part| vec![(style, part)]));
    match (&form.error, &form.reason) {
        _ if form.is_waiting => say(StyleRole::Dim, "logging in …"),
        (Some(error), _) => {
            say(StyleRole::Bad, &error.sentence());
            if let Some(next) = &error.next {
                say(StyleRole::Accent, next);
            }
        }
        (None, Some(reason)) => say(StyleRole::Text, reason),
        (None, None) => say(StyleRole::Dim, "The password is sent to this server only."),
    }
    said
}

fn login(form: &LoginForm, canvas: &mut Canvas<'_>, whole: Rect) {
    let said = login_text(form, usize::from(whole.width.min(64)).saturating_sub(4));
    let height = u16::try_from(said.len()).unwrap_or(4).saturating_add(7);
    let inside = open(canvas, middle(whole, 64, height), "Log in");
    let dots = form.password.dots();
    let fields = [
        ("Server", (form.server.before(), form.server.after())),
        ("E-mail", (form.email.before(), form.email.after())),
        ("Password", (dots.as_str(), "")),
    ];
    let mut y = inside.y;
    for (at, (name, typed)) in fields.into_iter().enumerate() {
        let line = Rect { y, height: u16::from(y < inside.bottom()), ..inside };
        canvas.left(line, name, if at == form.field { StyleRole::Key } else { StyleRole::Dim });
        let input = Rect { x: (line.x + 10).min(line.right()), width: line.width.saturating_sub(10), ..line };
        field(canvas, input, typed, at == form.field);
        canvas.hit(input, Target::Choice(at));
        y += 1;
    }
    let rest =
        Rect { y: (y + 1).min(inside.bottom()), height: inside.bottom().saturating_sub(y + 1), ..inside };
    canvas.lines(rest, &said, 0);
    if rest.height > 0 {
        let last = Rect { y: inside.bottom() - 1, height: 1, ..inside };
        canvas.right(last, "enter log in · tab next field · esc browse without login", StyleRole::Dim);
    }
}

fn picker(typed: &Typed, canvas: &mut Canvas<'_>, inside: Rect) -> Rect {
    field(canvas, Rect { height: inside.height.min(1), ..inside }, (typed.before(), typed.after()), true);
    let top = (inside.y + 1).min(inside.bottom());
    Rect { y: top, height: inside.bottom() - top, ..inside }
}

/// The first line to show so that the chosen one is among them.
pub(crate) fn scrolled(chosen: usize, height: u16) -> usize {
    (chosen + 1).saturating_sub(usize::from(height))
}

fn palette(model: &Model, chosen: &Picker, canvas: &mut Canvas<'_>, whole: Rect) {
    let inside = open(canvas, middle(whole, 84, whole.height.min(24)), "What do you want to do?");
    let mut lines = picker(&chosen.typed, canvas, inside);
    let found = chosen.actions(|action| access(model, action) != Access::No && action != Action::Palette);
    if found.is_empty() {
        canvas.left(lines, "No matching action.", StyleRole::Dim);
    }
    // The same as a command, where there is room to say so.
    if lines.height > 6 {
        lines.height -= 1;
        let foot = Rect { y: lines.bottom(), height: 1, ..lines };
        if let Some(command) = found.get(chosen.chosen).and_then(|action| command::of_action(model, *action))
        {
            canvas.left(foot, &format!("ctrl-y copies: {}", escaped(&command)), StyleRole::Dim);
        }
    }
    let skip = scrolled(chosen.chosen, lines.height);
    for ((at, action), y) in found.iter().enumerate().skip(skip).zip(lines.top()..lines.bottom()) {
        let line = Rect { y, height: 1, ..lines };
        let style = |usual| if at == chosen.chosen { StyleRole::Cursor } else { usual };
        if at == chosen.chosen {
            canvas.fill(line, StyleRole::Cursor);
        }
        let key = model.appearance.keymap.key_text(*action);
        let begin = canvas.right(line, &key, style(StyleRole::Key));
        let room = Rect { width: begin.saturating_sub(line.x + 1), ..line };
        match access(model, *action) {
            Access::Denied(right) => {
                canvas.left(room, &format!("{} ({right})", action.entry().words), style(StyleRole::Dim));
            }
            _ => {
                canvas.left(room, action.entry().words, style(StyleRole::Text));
            }
        }
        canvas.hit(line, Target::Choice(at));
    }
}

fn jump(chosen: &Picker, canvas: &mut Canvas<'_>, whole: Rect) {
    let inside = open(canvas, middle(whole, 64, 12), "Go to");
    let lines = picker(&chosen.typed, canvas, inside);
    let found = crate::app::update::completions(chosen.typed.text());
    let skip = scrolled(chosen.chosen, lines.height);
    for ((at, text), y) in found.iter().enumerate().skip(skip).zip(lines.top()..lines.bottom()) {
        let line = Rect { y, height: 1, ..lines };
        let style = if at == chosen.chosen { StyleRole::Cursor } else { StyleRole::Text };
        if at == chosen.chosen {
            canvas.fill(line, StyleRole::Cursor);
        }
        let x = canvas.left(line, &escaped(text), style);
        let more = location::WORDS.iter().find(|(word, _)| *word == text.trim()).map(|(_, more)| *more);
        let rest = Rect { x: (x + 1).min(line.right()), width: line.right().saturating_sub(x + 1), ..line };
        canvas.left(
            rest,
            more.unwrap_or_default(),
            if at == chosen.chosen { StyleRole::Cursor } else { StyleRole::Dim },
        );
        canvas.hit(line, Target::Choice(at));
    }
    if found.is_empty() {
        canvas.left(lines, "enter go · tab complete · also a row number or vitae:// address", StyleRole::Dim);
    }
}

/// How many lines the help has now.
pub(crate) fn help_lines(model: &Model) -> usize {
    help_text(model).len()
}

/// All that can be done, with its keys.
pub(crate) fn help_text(model: &Model) -> Vec<StyledLine> {
    let mut lines = Vec::new();
    for (group, words) in Group::ALL {
        lines.push(vec![(StyleRole::Title, (*words).to_owned())]);
        for entry in ACTIONS.iter().filter(|entry| entry.group == *group) {
            let keys: Vec<_> =
                model.appearance.keymap.keys(entry.action).iter().map(ToString::to_string).collect();
            let keys = format!("  {:<16}", keys.join(" "));
            let (style, words) = match access(model, entry.action) {
                Access::Yes => (StyleRole::Text, entry.words.to_owned()),
                Access::No => (StyleRole::Dim, entry.words.to_owned()),
                Access::Denied(right) => (StyleRole::Dim, format!("{} ({right})", entry.words)),
            };
            lines.push(vec![(StyleRole::Key, keys), (style, words)]);
        }
        lines.push(StyledLine::new());
    }
    lines
}

fn help(model: &Model, scroll: usize, canvas: &mut Canvas<'_>, whole: Rect) {
    let lines = help_text(model);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inside = open(
        canvas,
        middle(whole, 84, height.min(whole.height)),
        "Keys and actions; dimmed actions are unavailable here",
    );
    canvas.lines(inside, &lines, scroll);
}

fn columns(model: &Model, at: usize, canvas: &mut Canvas<'_>, whole: Rect) {
    let Some(table) = model.screen().table() else { return };
    let all = table.collection.columns();
    let shown: Vec<_> =
        table.collection.shown_columns(&model.appearance.columns).iter().map(|column| column.field).collect();
    let height = u16::try_from(all.len()).unwrap_or(u16::MAX).saturating_add(3);
    let inside = open(canvas, middle(whole, 36, height), "Columns");
    for ((index, column), y) in all.iter().enumerate().zip(inside.top()..inside.bottom()) {
        let line = Rect { y, height: 1, ..inside };
        let tick = if shown.contains(&column.field) { "[x]" } else { "[ ]" };
        let title = if column.title.is_empty() { "current session" } else { column.title };
        let style = if index == at { StyleRole::Cursor } else { StyleRole::Text };
        if index == at {
            canvas.fill(line, style);
        }
        canvas.left(line, &format!("{tick} {title}"), style);
        canvas.hit(line, Target::Choice(index));
    }
    let last = Rect { y: inside.bottom().saturating_sub(1), height: inside.height.min(1), ..inside };
    if usize::from(inside.height) > all.len() {
        canvas.left(last, "space show or hide · enter close", StyleRole::Dim);
    }
}

/// Names that a question shows; of more it says how many.
const NAMED: usize = 8;

/// Returns the objects of a plan and its consequences.
pub(crate) fn question_text(model: &Model, question: &Confirm, width: usize) -> Vec<StyledLine> {
    let plan = &question.plan;
    let mut lines: Vec<StyledLine> = Vec::new();
    let mut say =
        |style, text: &str| lines.extend(wrap(text, width).into_iter().map(|part| vec![(style, part)]));
    for item in plan.items.iter().take(NAMED) {
        say(StyleRole::Strong, &item.name);
    }
    if plan.items.len() > NAMED {
        say(
            StyleRole::Dim,
            &format!("and {} more", crate::terminal::text::count((plan.items.len() - NAMED) as u64)),
        );
    }
    say(StyleRole::Text, "");
    let is_of_people =
        matches!(plan.items.first().map(|item| item.id), Some(crate::client::row::RowId::User(_)));
    match plan.operation {
        Operation::Delete if is_of_people => {
            say(StyleRole::Warn, "Their resumes are deleted too, and their sessions end.");
        }
        Operation::Disable => say(StyleRole::Warn, "Their sessions end, and they cannot log in."),
        Operation::EndSession if is_of_people => {
            say(StyleRole::Warn, "This cannot be undone. They can log in again.");
        }
        Operation::EndSession => say(StyleRole::Warn, "This cannot be undone. You can log in again."),
        Operation::Delete | Operation::Restore | Operation::Enable => {}
    }
    if model.ends_own_access(plan) {
        say(
            StyleRole::Bad,
            "This includes your own account: you are logged out at once, and only another administrator can undo it.",
        );
    } else if plan.operation.inverse().is_some() {
        let (way, back) = question.origin.direction.way_back();
        say(StyleRole::Dim, &format!("{} {back}.", model.appearance.keymap.key_text(way)));
    }
    if model.session.profile.is_protected {
        let name = escaped(&model.session.profile.name);
        say(
            StyleRole::Bad,
            &format!("{name} is protected. Type {} and press enter:", plan.confirmation_text()),
        );
    }
    lines
}

/// Returns what is lost when a draft is discarded.
pub(crate) fn discard_text(model: &Model, at: usize) -> Vec<String> {
    let Some(draft) = model.drafts.get(at) else { return Vec::new() };
    vec![
        format!("{}, last edited {}", super::form_view::draft_words(draft), minute(draft.at)),
        "A discarded draft cannot be restored.".to_owned(),
    ]
}

/// How far the bulk change is that quitting would stop.
pub(crate) fn quit_text(model: &Model) -> Vec<String> {
    let Some(work) = &model.bulk_operation else { return vec!["The change is complete.".to_owned()] };
    let undo = model.appearance.keymap.key_text(Action::Undo);
    vec![
        work.progress(),
        "Quitting stops the change; the remaining objects are not changed.".to_owned(),
        if work.recorded.is_some() {
            format!("{undo} undoes the completed part, also after a restart.")
        } else {
            String::new()
        },
    ]
}

/// A question that a key answers.
fn ask(canvas: &mut Canvas<'_>, whole: Rect, title: &str, texts: &[String], keys: &str) {
    let width = usize::from(whole.width.min(70)).saturating_sub(4);
    let parts = texts.iter().filter(|text| !text.is_empty()).flat_map(|text| wrap(text, width));
    let lines: Vec<StyledLine> = parts.map(|part| vec![(StyleRole::Text, part)]).collect();
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(4);
    let inside = open(canvas, middle(whole, 70, height), title);
    canvas.lines(inside, &lines, 0);
    let last = Rect { y: inside.bottom().saturating_sub(1), height: inside.height.min(1), ..inside };
    canvas.right(last, keys, StyleRole::Dim);
}

fn confirm(model: &Model, question: &Confirm, canvas: &mut Canvas<'_>, whole: Rect) {
    let plan = &question.plan;
    let lines = question_text(model, question, usize::from(whole.width.min(70)).saturating_sub(4));
    let is_protected = model.session.profile.is_protected;
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(3 + u16::from(is_protected));
    let title = format!("{} {}?", plan.operation.verb(), plan.objects());
    let inside = open(canvas, middle(whole, 70, height), &title);
    canvas.lines(inside, &lines, 0);
    let last = Rect { y: inside.bottom().saturating_sub(1), height: inside.height.min(1), ..inside };
    if is_protected {
        let input = Rect { y: last.y.saturating_sub(1).max(inside.y), ..last };
        field(canvas, input, (question.typed.before(), question.typed.after()), true);
        canvas.right(last, "esc cancels", StyleRole::Dim);
    } else {
        canvas.right(last, "y yes · n no · ctrl-y copies the command", StyleRole::Dim);
    }
}
