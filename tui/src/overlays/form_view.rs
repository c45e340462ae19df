//! Forms, the look at what they change, and drafts.

use ratatui::layout::Rect;

use crate::app::action::Action;
use crate::app::model::Model;
use crate::overlays::form::{Entry, Form, Stage, Typed};
use crate::overlays::form_fields::Input;
use crate::overlays::view::{field, middle, open, scrolled};
use crate::terminal::text::{count, escaped, minute, width, wrap};
use crate::terminal::theme::StyleRole;
use crate::widgets::canvas::Canvas;
use crate::widgets::hit_test::Target;
use crate::widgets::resume_view::StyledLine;
use vitae_sdk_workspace::{Conflict, Draft, Kind};

/// As wide as a form gets.
const WIDE: u16 = 84;
/// Columns for the names of fields.
const NAMES: u16 = 12;

pub(crate) fn form(model: &Model, form: &Form, canvas: &mut Canvas<'_>, whole: Rect) {
    match &form.stage {
        Stage::Typing | Stage::Editing(_) => fields(form, canvas, whole),
        Stage::Saving(_) if !form.draft.kind.is_stored() => fields(form, canvas, whole),
        Stage::Faulty(_) | Stage::Review | Stage::Saving(_) | Stage::Overtaken(_) => {
            review(model, form, canvas, whole);
        }
    }
}

fn fields(form: &Form, canvas: &mut Canvas<'_>, whole: Rect) {
    let room = usize::from(whole.width.min(WIDE)).saturating_sub(4);
    let said = said(form, room);
    let mut rows: Vec<Row<'_>> = Vec::new();
    for (at, entry) in form.entries.iter().enumerate() {
        rows.push(Row::Entry(at, entry));
        let below = below(form, at, room.saturating_sub(usize::from(NAMES)));
        rows.extend(below.into_iter().map(|line| Row::Below(at, line)));
    }
    let height = u16::try_from(rows.len() + said.len()).unwrap_or(u16::MAX).saturating_add(4);
    let inside = open(canvas, middle(whole, WIDE, height), &form.title());
    let foot = u16::from(inside.height > 1);
    let said_height = u16::try_from(said.len()).unwrap_or(0).min(inside.height.saturating_sub(foot + 2));
    let upper = Rect { height: inside.height.saturating_sub(foot + said_height), ..inside };
    let last = rows.iter().rposition(|row| row.at() == form.at).unwrap_or_default();
    let skip = scrolled(last, upper.height);
    for (row, y) in rows.iter().skip(skip).zip(upper.top()..upper.bottom()) {
        let line = Rect { y, height: 1, ..upper };
        let right =
            Rect { x: (line.x + NAMES).min(line.right()), width: line.width.saturating_sub(NAMES), ..line };
        match row {
            Row::Entry(at, entry) => {
                let is_here = *at == form.at && form.stage == Stage::Typing;
                canvas.left(
                    line,
                    &entry.field.label,
                    if *at == form.at { StyleRole::Key } else { StyleRole::Dim },
                );
                input(form, entry, is_here, canvas, right);
                canvas.hit(right, Target::Choice(*at));
            }
            Row::Below(_, line) => canvas.line(right, y, line),
        }
    }
    let below = Rect { y: upper.bottom(), height: said_height, ..inside };
    canvas.lines(below, &said, 0);
    if foot > 0 {
        let last = Rect { y: inside.bottom() - 1, height: 1, ..inside };
        canvas.right(last, &keys(form, inside.width), StyleRole::Dim);
    }
}

/// One line of the form.
enum Row<'a> {
    Entry(usize, &'a Entry),
    Below(usize, StyledLine),
}

impl Row<'_> {
    fn at(&self) -> usize {
        match self {
            Self::Entry(at, _) | Self::Below(at, _) => *at,
        }
    }
}

fn input(form: &Form, entry: &Entry, is_here: bool, canvas: &mut Canvas<'_>, area: Rect) {
    match (&entry.typed, entry.field.input) {
        (Typed::Hidden(secret), _) => field(canvas, area, (&secret.dots(), ""), is_here),
        (Typed::Line(line), Input::Choice(..)) => {
            canvas.fill(area, StyleRole::Field);
            canvas.left(area, &format!("‹ {} ›", escaped(line.text())), StyleRole::Field);
            choice(canvas, area, is_here);
        }
        (Typed::Line(_), Input::Document) => {
            canvas.fill(area, StyleRole::Field);
            canvas.left(area, &document_words(&form.draft), StyleRole::Field);
            choice(canvas, area, is_here);
        }
        (Typed::Line(line), _) => field(canvas, area, (line.before(), line.after()), is_here),
    }
}

/// Something that is chosen and not typed shows the cursor at its beginning.
fn choice(canvas: &mut Canvas<'_>, area: Rect, is_here: bool) {
    if is_here && area.width > 0 && area.height > 0 {
        canvas.cursor = Some((area.x, area.y).into());
    }
}

pub(crate) fn document_words(draft: &Draft) -> String {
    let bytes = count(draft.document().len() as u64);
    let parts = draft.changes().iter().filter(|change| change.field.starts_with('/')).count();
    match (&draft.base, parts) {
        (None, _) => format!("{bytes} bytes · enter: open in editor"),
        (Some(_), 0) => format!("{bytes} bytes, unchanged · enter: open in editor"),
        (Some(_), 1) => format!("{bytes} bytes, 1 part changed · enter: open in editor"),
        (Some(_), parts) => format!("{bytes} bytes, {parts} parts changed · enter: open in editor"),
    }
}

/// Returns the lines below a field: its error, and the values that another user saved.
pub(crate) fn below(form: &Form, at: usize, room: usize) -> Vec<StyledLine> {
    let entry = &form.entries[at];
    let mut lines = Vec::new();
    let mut say =
        |style, text: &str| lines.extend(wrap(text, room).into_iter().map(|part| vec![(style, part)]));
    if let Some(fault) = &entry.fault {
        say(StyleRole::Bad, fault);
    }
    for Conflict { theirs, part, .. } in conflicts_at(form, entry) {
        let place = if part.is_empty() { String::new() } else { format!(" {}", escaped(part)) };
        say(StyleRole::Warn, &format!("saved by another user{place}: {}", escaped(theirs)));
    }
    lines
}

fn conflicts_at<'a>(form: &'a Form, entry: &Entry) -> impl Iterator<Item = &'a Conflict> {
    let input = entry.field.input;
    form.conflicts.iter().filter(move |conflict| input.shows(conflict.field))
}

/// Returns the lines below the form: its note, error and stage.
pub(crate) fn said(form: &Form, room: usize) -> Vec<StyledLine> {
    let mut lines: Vec<StyledLine> = Vec::new();
    let mut say =
        |style, text: &str| lines.extend(wrap(text, room).into_iter().map(|part| vec![(style, part)]));
    if let Some(note) = &form.note {
        say(StyleRole::Warn, note);
    }
    if let Some(error) = &form.error {
        say(StyleRole::Bad, &error.sentence());
        if let Some(next) = &error.next {
            say(StyleRole::Accent, next);
        }
        if let Some(id) = &error.request_id {
            say(StyleRole::Dim, &format!("request {id}"));
        }
    }
    match form.stage {
        Stage::Saving(_) => say(StyleRole::Dim, "saving …"),
        Stage::Overtaken(_) => say(StyleRole::Dim, "another user saved first; loading the saved version …"),
        Stage::Editing(_) => say(StyleRole::Dim, "the document is open in your editor"),
        _ => {}
    }
    lines
}

/// The keys that matter, as many as there is room for.
pub(crate) fn keys(form: &Form, room: u16) -> String {
    let next = match form.entry().field.input {
        Input::Choice(..) => "space next role",
        Input::Document => "enter open in editor",
        _ => "tab next field",
    };
    let done = if form.draft.kind.is_stored() { "ctrl-s review and save" } else { "ctrl-s save" };
    let words = [done, next, if form.is_required { "esc quit" } else { "esc cancel" }];
    let mut shown = words.len();
    while shown > 1 && width(&words[..shown].join(" · ")) > usize::from(room) {
        shown -= 1;
    }
    words[..shown].join(" · ")
}

/// How many lines the look at a form's changes has on a terminal of this width.
pub(crate) fn review_lines(form: &Form, width: u16) -> usize {
    review_text(form, usize::from(width.min(WIDE)).saturating_sub(4)).len()
}

/// Parts that saving would change, or what keeps it from being saved.
pub(crate) fn review_text(form: &Form, room: usize) -> Vec<StyledLine> {
    let mut lines: Vec<StyledLine> = Vec::new();
    let mut say = |style, lead: &str, text: &str| {
        let indent = width(lead);
        for (at, part) in wrap(text, room.saturating_sub(indent)).into_iter().enumerate() {
            let lead = if at == 0 { lead.to_owned() } else { " ".repeat(indent) };
            lines.push(vec![(style, format!("{lead}{part}"))]);
        }
    };
    if let Stage::Faulty(faults) = &form.stage {
        for fault in faults {
            say(StyleRole::Bad, "", &format!("{}: {}", fault.spot, fault.message));
        }
        return lines;
    }
    for change in form.draft.changes() {
        say(StyleRole::Accent, "", &escaped(&change.field));
        if let Some(before) = &change.before {
            say(StyleRole::Bad, "- ", &escaped(before));
        }
        if let Some(after) = &change.after {
            say(StyleRole::Good, "+ ", &escaped(after));
        }
    }
    if form.draft.kind == Kind::NewPerson {
        let has_password = form.entries.iter().any(|entry| match &entry.typed {
            Typed::Hidden(secret) => !secret.is_empty(),
            Typed::Line(_) => false,
        });
        let words = if has_password { "password: set" } else { "password: not set, login not possible yet" };
        say(StyleRole::Dim, "", words);
    }
    lines
}

fn review(model: &Model, form: &Form, canvas: &mut Canvas<'_>, whole: Rect) {
    let room = usize::from(whole.width.min(WIDE)).saturating_sub(4);
    let (lines, said) = (review_text(form, room), said(form, room));
    let height = u16::try_from(lines.len() + said.len()).unwrap_or(u16::MAX).saturating_add(4);
    let is_faulty = matches!(form.stage, Stage::Faulty(_));
    let inside = open(canvas, middle(whole, WIDE, height), &review_title(form));
    let said_height = u16::try_from(said.len()).unwrap_or(0).min(inside.height / 2);
    canvas.lines(Rect { height: said_height, ..inside }, &said, 0);
    let foot = u16::from(inside.height > 1);
    let body = Rect {
        y: inside.y + said_height,
        height: inside.height.saturating_sub(said_height + foot),
        ..inside
    };
    canvas.lines(body, &lines, form.scroll);
    if foot == 0 {
        return;
    }
    let last = Rect { y: inside.bottom() - 1, height: 1, ..inside };
    let seen = form.scroll + usize::from(body.height);
    let begin =
        canvas.right(last, review_keys(form), if is_faulty { StyleRole::Accent } else { StyleRole::Dim });
    if seen < lines.len() {
        let more = format!(
            "{} more: {}",
            count((lines.len() - seen) as u64),
            model.appearance.keymap.key_text(Action::Down)
        );
        let room = Rect { width: begin.saturating_sub(last.x + 1), ..last };
        canvas.left(room, &more, StyleRole::Warn);
    }
}

/// Returns the title of a form's review.
pub(crate) fn review_title(form: &Form) -> String {
    match (&form.stage, &form.origin) {
        (Stage::Faulty(_), _) => format!("The document of “{}” has errors", form.draft.name),
        (_, Some(_)) => form.title(),
        _ => format!("{}: save?", form.title()),
    }
}

/// The keys that response it.
pub(crate) fn review_keys(form: &Form) -> &'static str {
    match &form.stage {
        Stage::Saving(_) | Stage::Overtaken(_) => "esc stops waiting",
        Stage::Faulty(_) => "e edit again · esc cancel, kept as a draft",
        _ if form.is_required => "y save · e edit · n quit",
        _ => "y save · e edit · n cancel",
    }
}

pub(crate) fn drafts(model: &Model, at: usize, canvas: &mut Canvas<'_>, whole: Rect) {
    let height = u16::try_from(model.drafts.len()).unwrap_or(u16::MAX).saturating_add(3);
    let inside = open(canvas, middle(whole, WIDE, height), "Unsaved drafts");
    let upper = Rect { height: inside.height.saturating_sub(1), ..inside };
    let skip = scrolled(at, upper.height);
    for ((index, draft), y) in model.drafts.iter().enumerate().skip(skip).zip(upper.top()..upper.bottom()) {
        let line = Rect { y, height: 1, ..upper };
        let style = |usual| if index == at { StyleRole::Cursor } else { usual };
        if index == at {
            canvas.fill(line, StyleRole::Cursor);
        }
        let begin = canvas.right(line, &minute(draft.at), style(StyleRole::Dim));
        let room = Rect { width: begin.saturating_sub(line.x + 1), ..line };
        canvas.left(room, &draft_words(draft), style(StyleRole::Text));
        canvas.hit(line, Target::Choice(index));
    }
    let delete = model.appearance.keymap.key_text(Action::Delete);
    let last = Rect { y: inside.bottom().saturating_sub(1), height: inside.height.min(1), ..inside };
    canvas.right(last, &format!("enter continue · {delete} discard · esc close"), StyleRole::Dim);
}

pub(crate) fn draft_words(draft: &Draft) -> String {
    let parts = draft.changes().len();
    let parts = if parts == 1 { "1 part".to_owned() } else { format!("{parts} parts") };
    match draft.kind {
        Kind::NewPerson => format!("new person: {}", escaped(draft.values.text("name"))),
        Kind::NewResume => format!("new resume: {}", escaped(draft.values.text("title"))),
        _ => format!("“{}”: {parts} changed", draft.name),
    }
}
