//! Acts that change something: chosen, confirmed, carried out one by one, taken back.

use vitae_sdk::Status;

use super::opening::{self, Opening};
use crate::app::action::Action;
use crate::app::bulk_operation::{Act, BulkOperation, Item, Plan};
use crate::app::effect::{Effect, StoreChange};
use crate::app::model::Model;
use crate::client::collection::Collection;
use crate::client::error::ConsoleError;
use crate::client::request::{Request, Response, Ticket};
use crate::client::row::{Row, RowId};
use crate::overlays::{Confirm, Overlay};
use crate::persistence::undo::{Direction, How, Origin, Step};
use crate::screens::Screen;
use crate::terminal::theme::StyleRole;
use crate::widgets::text_viewer::Print;

/// What an action would do to what is marked, or else to what is under the cursor.
pub(crate) fn plan(model: &Model, action: Action) -> Option<Plan> {
    if let Screen::Reader(reader) = &model.screen {
        let Some(Print::Resume(resume)) = reader.viewer.print() else { return None };
        let act = match (action, resume.deleted_at.is_some()) {
            (Action::Delete, false) => Act::Delete,
            (Action::Restore, true) => Act::Restore,
            _ => return None,
        };
        let name = crate::terminal::text::shown(&resume.title);
        let item = Item { id: RowId::Resume(resume.id), name, version: Some(resume.revision) };
        return Some(Plan { act, items: vec![item] });
    }
    let table = model.screen.table()?;
    let row = table.current()?;
    let me = model.me.as_ref().map(|me| me.id);
    let is_mine = matches!(table.collection, Collection::Sessions(owner) if Some(owner) == me);
    let act = act_on(action, row, is_mine)?;
    let marked = |(id, mark): (&RowId, &crate::widgets::table::Mark)| Item {
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
    let (plan, origin) = match action {
        Action::Undo => return replay(model, Direction::Undo, model.undo.last().cloned()),
        Action::Redo => return replay(model, Direction::Redo, model.redo.last().cloned()),
        Action::Retry => match model.failed.take() {
            Some((plan, direction)) => (Some(plan), Origin { direction, step: None }),
            None => (None, Origin::default()),
        },
        _ => (plan(model, action), Origin::default()),
    };
    plan.map(|plan| ask(model, plan, origin)).unwrap_or_default()
}

fn ask(model: &mut Model, plan: Plan, origin: Origin) -> Vec<Effect> {
    if matches!(plan.act, Act::Restore | Act::Enable) && plan.items.len() == 1 {
        return begin(model, plan, origin);
    }
    model.overlay = Some(Overlay::Confirm(Box::new(Confirm { plan, origin, ..Confirm::default() })));
    Vec::new()
}

/// Carries out a step of the history; of an edit, reads first how the object is now.
fn replay(model: &mut Model, direction: Direction, step: Option<Step>) -> Vec<Effect> {
    let Some(step) = step else { return Vec::new() };
    let request = match &step.how {
        How::Person { id, .. } => Request::User(*id),
        How::Resume { id, before, .. } => Request::Before { id: *id, revision: *before },
        How::Act(plan) => {
            let plan = plan.clone();
            return ask(model, plan, Origin { direction, step: Some(step) });
        }
    };
    opening::read(model, request, Opening::Replay(Origin { direction, step: Some(step) }))
}

/// Begins to carry a plan out.
///
/// The step that undoes it is on disk before the first object changes.
pub(super) fn begin(model: &mut Model, mut plan: Plan, origin: Origin) -> Vec<Effect> {
    if model.work.is_some() {
        model.say(StyleRole::Warn, "something is being done already; wait for it, or stop it with esc");
        return Vec::new();
    }
    if let Some(table) = model.screen.table_mut() {
        table.marks.clear();
    }
    if model.ends_own_access(&plan) {
        // Last: the others can only be changed while the login lasts.
        let me = model.me.as_ref().map(|me| RowId::User(me.id));
        plan.items.sort_by_key(|item| Some(item.id) == me);
    }
    let mut work = BulkOperation::new(plan, origin);
    let mut effects = Vec::new();
    if work.origin.direction != Direction::Undo
        && let Some(plan) = work.undoing_all()
    {
        let (key, name) = (model.new_key(), plan.objects());
        work.recorded = Some(key.clone());
        let step = Step { key, at: model.now, name, how: How::Act(plan) };
        effects.push(Effect::Store(StoreChange::Planned(Box::new(step))));
    }
    model.work = Some(work);
    effects.extend(go_on(model));
    effects
}

/// Stops after the object that is being changed now; tells whether there was something to stop.
pub(super) fn stop(model: &mut Model) -> bool {
    let Some(work) = &mut model.work else { return false };
    work.waiting.clear();
    true
}

/// Takes in what became of the object that was being changed.
pub(super) fn response(
    model: &mut Model,
    ticket: Ticket,
    response: &Result<Response, ConsoleError>,
) -> Option<Vec<Effect>> {
    let work = model.work.as_mut()?;
    let (_, item) = work.running.take_if(|(running, _)| *running == ticket)?;
    match response {
        Ok(_) => work.done.push(item),
        Err(error) => {
            let ends = error.wants_login();
            work.failed.push((item, error.clone()));
            if ends {
                // Every further one would fail the same; all of them can be tried again.
                let rest = std::mem::take(&mut work.waiting);
                work.failed.extend(rest.into_iter().map(|item| (item, error.clone())));
            }
            super::responses::failed(model, error);
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
    let begun = work.recorded.clone().map(|key| Effect::Store(StoreChange::Begun(key)));
    begun.into_iter().chain([Effect::Send(ticket, request)]).collect()
}

fn finish(model: &mut Model) -> Vec<Effect> {
    let Some(work) = model.work.take() else { return Vec::new() };
    let mut effects = Vec::new();
    if !work.may_be_undone_yet() {
        effects.extend(model.forget_step(&work.origin));
    }
    let direction = work.origin.direction;
    if direction != Direction::New {
        for item in &work.done {
            let versions = item.version.map(|version| (version, version + 1));
            effects.extend(versions.into_iter().flat_map(|(at, now)| model.replayed(item.id, at, now)));
        }
    }
    match (work.undoing(), work.recorded.clone()) {
        (Some(plan), key) => {
            let key = key.unwrap_or_else(|| model.new_key());
            let step = Step { key, at: model.now, name: plan.objects(), how: How::Act(plan) };
            effects.extend(model.record(direction, step));
        }
        (None, Some(key)) => effects.push(Effect::Store(StoreChange::DropStep(key))),
        (None, None) => {}
    }
    model.failed = work.rest().map(|plan| (plan, direction));
    let done = Plan { act: work.act, items: work.done };
    let past = work.act.past();
    let key = |action| model.keymap.key_text(action);
    let retry = key(Action::Retry);
    let (way, back) = direction.way_back();
    let way = key(way);
    match (&done.items[..], &work.failed[..]) {
        ([], []) => {}
        (_, []) if model.ends_own_access(&done) => {
            let text =
                format!("{past} {}, including your own account · log in as another person", done.objects());
            model.say(StyleRole::Warn, text);
        }
        (_, []) if work.act.inverse().is_some() => {
            model.say(StyleRole::Good, format!("{past} {} · {way} {back}", done.objects()));
        }
        (_, []) => model.say(StyleRole::Good, format!("{past} {}", done.objects())),
        (done, failed) => {
            let (first, error) = &failed[0];
            let all = done.len() + failed.len();
            let text = format!(
                "{past} {} of {all} · {retry} tries again what failed · “{}”: {}",
                done.len(),
                first.name,
                error.headline()
            );
            model.say(StyleRole::Bad, text);
        }
    }
    // Sessions make no rows of their own events.
    if work.act == Act::EndSession {
        model.screen.reload();
    }
    effects
}
