//! Acts that change something: chosen, confirmed, carried out one by one, taken back.

use vitae_sdk::Status;

use super::opening::{self, Opening};
use crate::action::Action;
use crate::effect::{Effect, Keeping};
use crate::model::Model;
use crate::overlay::{Confirm, Overlay};
use crate::request::{Answer, Request, Ticket};
use crate::row::{Row, RowId};
use crate::screen::Screen;
use crate::sheet::Print;
use crate::source::Source;
use crate::theme::Ink;
use crate::trouble::Trouble;
use crate::undo::{How, Step};
use crate::work::{Act, Item, Plan, Work};

/// What an action would do to what is marked, or else to what is under the cursor.
pub(crate) fn plan(model: &Model, action: Action) -> Option<Plan> {
    if let Screen::Reader(reader) = &model.screen {
        let Some(Print::Resume(resume)) = reader.sheet.print() else { return None };
        let act = match (action, resume.deleted_at.is_some()) {
            (Action::Delete, false) => Act::Delete,
            (Action::Restore, true) => Act::Restore,
            _ => return None,
        };
        let name = crate::text::shown(&resume.title);
        let item = Item { id: RowId::Resume(resume.id), name, version: Some(resume.revision) };
        return Some(Plan { act, items: vec![item] });
    }
    let table = model.screen.table()?;
    let row = table.current()?;
    let me = model.me.as_ref().map(|me| me.id);
    let is_mine = matches!(table.source, Source::Sessions(owner) if Some(owner) == me);
    let act = act_on(action, row, is_mine)?;
    let marked = |(id, mark): (&RowId, &crate::table::Mark)| Item {
        id: *id,
        name: mark.name.clone(),
        version: mark.version,
    };
    let items = if table.marks.is_empty() {
        vec![Item { id: row.id(), name: row.name(), version: row.version() }]
    } else {
        table.marks.iter().map(marked).collect()
    };
    Some(Plan { act, items })
}

fn act_on(action: Action, row: &Row, is_mine: bool) -> Option<Act> {
    match (action, row) {
        (Action::Delete, Row::User(_) | Row::Resume(_)) if !row.is_deleted() => Some(Act::Delete),
        (Action::Restore, Row::User(_) | Row::Resume(_)) if row.is_deleted() => Some(Act::Restore),
        (Action::Disable, Row::User(user)) if !row.is_deleted() => {
            Some(if user.status == Status::Active { Act::Disable } else { Act::Enable })
        }
        // The server ends a person's own sessions one by one, and others' all at once.
        (Action::EndSession, Row::Session(_)) if is_mine => Some(Act::EndSession),
        (Action::EndSession, Row::User(_)) => Some(Act::EndSession),
        _ => None,
    }
}

/// Asks whether it is meant; what only brings back is done at once.
pub(super) fn propose(model: &mut Model, action: Action) -> Vec<Effect> {
    let (plan, undoes) = match action {
        Action::Undo => match model.undo.last().cloned() {
            Some(Step { how: How::Person { id, .. }, .. }) => return look_back(model, Request::User(id)),
            Some(Step { how: How::Resume { id, before, .. }, .. }) => {
                return look_back(model, Request::Before { id, revision: before });
            }
            Some(Step { how: How::Act(ref plan), .. }) => (Some(plan.clone()), model.undo.last().cloned()),
            None => (None, None),
        },
        Action::Retry => (model.failed.take(), None),
        _ => (plan(model, action), None),
    };
    let Some(plan) = plan else { return Vec::new() };
    if matches!(plan.act, Act::Restore | Act::Enable) && plan.items.len() == 1 {
        return begin(model, plan, undoes);
    }
    model.overlay = Some(Overlay::Confirm(Box::new(Confirm { plan, undoes, ..Confirm::default() })));
    Vec::new()
}

/// Reads how things are, to show what taking an edit back would change.
fn look_back(model: &mut Model, request: Request) -> Vec<Effect> {
    let Some(step) = model.undo.last().cloned() else { return Vec::new() };
    opening::read(model, request, Opening::Undo(step))
}

/// Begins to carry a plan out.
pub(super) fn begin(model: &mut Model, plan: Plan, undoes: Option<Step>) -> Vec<Effect> {
    if model.work.is_some() {
        model.say(Ink::Warn, "something is being done already; wait for it, or stop it with esc");
        return Vec::new();
    }
    if let Some(table) = model.screen.table_mut() {
        table.marks.clear();
    }
    model.work = Some(Work::new(plan, undoes));
    go_on(model)
}

/// Stops after the object that is being changed now; tells whether there was something to stop.
pub(super) fn stop(model: &mut Model) -> bool {
    let Some(work) = &mut model.work else { return false };
    work.waiting.clear();
    true
}

/// Takes in what became of the object that was being changed.
pub(super) fn answer(
    model: &mut Model,
    ticket: Ticket,
    answer: &Result<Answer, Trouble>,
) -> Option<Vec<Effect>> {
    let work = model.work.as_mut()?;
    let (_, item) = work.running.take_if(|(running, _)| *running == ticket)?;
    match answer {
        Ok(_) => work.done.push(item),
        Err(trouble) => {
            let ends = trouble.wants_login();
            work.failed.push((item, trouble.clone()));
            if ends {
                // Every further one would fail the same; all of them can be tried again.
                let rest = std::mem::take(&mut work.waiting);
                work.failed.extend(rest.into_iter().map(|item| (item, trouble.clone())));
            }
            super::answers::failed(model, trouble);
        }
    }
    Some(go_on(model))
}

fn go_on(model: &mut Model) -> Vec<Effect> {
    let Some(work) = &mut model.work else { return Vec::new() };
    let Some(item) = work.waiting.pop_front() else { return finish(model) };
    let ticket = model.tickets.next();
    let request = Request::Act { act: work.act, id: item.id, version: item.version };
    work.running = Some((ticket, item));
    vec![Effect::Ask(ticket, request)]
}

fn finish(model: &mut Model) -> Vec<Effect> {
    let Some(work) = model.work.take() else { return Vec::new() };
    let mut effects = Vec::new();
    if let Some(step) = work.undoes.as_ref().filter(|_| !work.may_be_undone_yet()) {
        model.undo.retain(|known| known.key != step.key);
        effects.push(Effect::Keep(Keeping::DropStep(step.key.clone())));
    }
    if let Some(plan) = work.undoing() {
        let (key, name) = (model.new_key(), plan.objects());
        effects.extend(model.remember(Step { key, at: model.now, name, how: How::Act(plan) }));
    }
    model.failed = work.rest();
    let done = Plan { act: work.act, items: work.done };
    let past = work.act.past();
    let key = |action| model.keymap.key_text(action);
    let (undo, retry) = (key(Action::Undo), key(Action::Retry));
    match (&done.items[..], &work.failed[..]) {
        ([], []) => {}
        (_, []) if work.act.inverse().is_some() => {
            model.say(Ink::Good, format!("{past} {} · {undo} takes it back", done.objects()));
        }
        (_, []) => model.say(Ink::Good, format!("{past} {}", done.objects())),
        (done, failed) => {
            let (first, trouble) = &failed[0];
            let all = done.len() + failed.len();
            let text = format!(
                "{past} {} of {all} · {retry} tries again what failed · “{}”: {}",
                done.len(),
                first.name,
                trouble.headline()
            );
            model.say(Ink::Bad, text);
        }
    }
    // Sessions make no rows of their own events.
    if work.act == Act::EndSession {
        model.screen.reload();
    }
    effects
}
