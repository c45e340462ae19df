//! Bulk operations: planned, confirmed, carried out one object at a time, undone.

use vitae_sdk::Status;

use super::form_opening;
use crate::app::action::Action;
use crate::app::action_kind::ChangeAction;
use crate::app::bulk_operation::BulkOperation;
use crate::app::effect::{Effect, StoreChange};
use crate::app::form_opening::FormOpening;
use crate::app::model::Model;
use crate::client::collection::Collection;
use crate::client::error::ConsoleError;
use crate::client::operation::{Item, Operation, Plan};
use crate::client::request::{Request, Response};
use crate::client::row::{Row, RowId};
use crate::client::ticket::{Done, Requester};
use crate::overlays::{Confirm, Overlay};
use crate::persistence::undo::{Direction, How, Origin, Step};
use crate::screens::selection::Selection;
use crate::terminal::theme::StyleRole;

/// Returns the plan of an action on the marked rows, or else on the current row or the resume that is read.
pub(crate) fn plan(model: &Model, action: ChangeAction) -> Option<Plan> {
    let selection = model.screen().selection();
    if let Selection::Resume(_, Some(resume)) = selection {
        let operation = match (action, resume.deleted_at.is_some()) {
            (ChangeAction::Delete, false) => Operation::Delete,
            (ChangeAction::Restore, true) => Operation::Restore,
            (
                ChangeAction::Delete
                | ChangeAction::Restore
                | ChangeAction::Disable
                | ChangeAction::EndSession,
                _,
            ) => return None,
        };
        let name = crate::terminal::text::shown(&resume.title);
        let item = Item { id: RowId::Resume(resume.id), name, version: Some(resume.revision) };
        return Some(Plan { operation, items: vec![item] });
    }
    let table = model.screen().table()?;
    let row = table.current()?;
    let me = model.session.my_id();
    let is_mine = matches!(table.collection, Collection::Sessions(owner) if Some(owner) == me);
    let operation = operation_on(action, row, is_mine)?;
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
    Some(Plan { operation, items })
}

fn operation_on(action: ChangeAction, row: &Row, is_mine: bool) -> Option<Operation> {
    let is_object = matches!(row, Row::User(_) | Row::Resume(_));
    match (action, row) {
        (ChangeAction::Delete, _) => (is_object && !row.is_deleted()).then_some(Operation::Delete),
        (ChangeAction::Restore, _) => (is_object && row.is_deleted()).then_some(Operation::Restore),
        (ChangeAction::Disable, Row::User(user)) if !row.is_deleted() => {
            Some(if user.status == Status::Active { Operation::Disable } else { Operation::Enable })
        }
        // The server ends the user's own sessions one by one, and those of others all at once.
        (ChangeAction::EndSession, Row::Session(_)) => is_mine.then_some(Operation::EndSession),
        (ChangeAction::EndSession, Row::User(_)) => Some(Operation::EndSession),
        (ChangeAction::Disable | ChangeAction::EndSession, _) => None,
    }
}

/// Asks for confirmation of a plan; an action that only restores is carried out at once.
pub(super) fn propose(model: &mut Model, action: ChangeAction) -> Vec<Effect> {
    plan(model, action).map(|plan| confirm(model, plan, Origin::default())).unwrap_or_default()
}

/// Tries the failed part of the last change again.
pub(super) fn retry(model: &mut Model) -> Vec<Effect> {
    let Some((plan, direction)) = model.history.failed.take() else { return Vec::new() };
    confirm(model, plan, Origin { direction, step: None })
}

fn confirm(model: &mut Model, plan: Plan, origin: Origin) -> Vec<Effect> {
    if matches!(plan.operation, Operation::Restore | Operation::Enable) && plan.items.len() == 1 {
        return begin(model, plan, origin);
    }
    let question = Confirm { plan, origin, ..Confirm::default() };
    model.overlays.current = Some(Overlay::Confirm(Box::new(question)));
    Vec::new()
}

/// Carries out the last step of the history; for an edit, reads the object first.
pub(super) fn replay(model: &mut Model, direction: Direction) -> Vec<Effect> {
    let step = match direction {
        Direction::Undo => model.history.undo.last(),
        Direction::Redo => model.history.redo.last(),
        Direction::New => None,
    };
    let Some(step) = step.cloned() else { return Vec::new() };
    let request = match &step.how {
        How::Person { id, .. } => Request::User(*id),
        How::Resume { id, before, .. } => Request::Before { id: *id, revision: *before },
        How::Operation(plan) => {
            let plan = plan.clone();
            return confirm(model, plan, Origin { direction, step: Some(step) });
        }
    };
    form_opening::read(model, request, FormOpening::Replay(Origin { direction, step: Some(step) }))
}

/// Begins to carry a plan out.
///
/// The step that undoes it is on disk before the first object changes.
pub(super) fn begin(model: &mut Model, mut plan: Plan, origin: Origin) -> Vec<Effect> {
    if model.bulk_operation.is_some() {
        model.say(StyleRole::Warn, "another change is in progress: wait for it, or stop it with esc");
        return Vec::new();
    }
    if let Some(table) = model.screen_mut().table_mut() {
        table.marks.clear();
    }
    if model.ends_own_access(&plan) {
        // Last: the others can only be changed while the login lasts.
        let me = model.session.my_id().map(RowId::User);
        plan.items.sort_by_key(|item| Some(item.id) == me);
    }
    let mut work = BulkOperation::new(plan, origin);
    let mut effects = Vec::new();
    if work.origin.direction != Direction::Undo
        && let Some(plan) = work.undoing_all()
    {
        let (key, name) = (model.new_key(), plan.objects());
        work.recorded = Some(key.clone());
        let step = Step { key, at: model.now, name, how: How::Operation(plan) };
        effects.push(Effect::Store(StoreChange::Planned(Box::new(step))));
    }
    model.bulk_operation = Some(work);
    effects.extend(go_on(model));
    effects
}

/// Stops after the object that is being changed now; tells whether there was something to stop.
pub(super) fn stop(model: &mut Model) -> bool {
    let Some(work) = &mut model.bulk_operation else { return false };
    work.waiting.clear();
    true
}

/// Takes the response for the object that was being changed, and continues with the next one.
pub(super) fn response(model: &mut Model, response: Result<Response, ConsoleError>) -> Vec<Effect> {
    let Some(operation) = &mut model.bulk_operation else { return Vec::new() };
    let Some((pending, item)) = operation.running.take() else { return Vec::new() };
    match pending.open(response) {
        Ok(Done) => operation.done.push(item),
        Err(error) => {
            operation.failed.push((item, error.clone()));
            if error.wants_login() {
                // Every further request would fail as well; all of them can be tried again.
                let rest = std::mem::take(&mut operation.waiting);
                operation.failed.extend(rest.into_iter().map(|item| (item, error.clone())));
            }
            super::feedback::failed(model, &error);
        }
    }
    go_on(model)
}

fn go_on(model: &mut Model) -> Vec<Effect> {
    let Some(operation) = &mut model.bulk_operation else { return Vec::new() };
    let Some(item) = operation.waiting.pop_front() else { return finish(model) };
    let pending = model.tickets.issuer(Requester::BulkOperation).next();
    let request = Request::Operation { operation: operation.operation, id: item.id, version: item.version };
    operation.running = Some((pending, item));
    let begun = operation.recorded.clone().map(|key| Effect::Store(StoreChange::Begun(key)));
    begun.into_iter().chain([Effect::Send(pending.ticket(), request)]).collect()
}

fn finish(model: &mut Model) -> Vec<Effect> {
    let Some(operation) = model.bulk_operation.take() else { return Vec::new() };
    let effects = record(model, &operation);
    model.history.failed = operation.remaining().map(|plan| (plan, operation.origin.direction));
    say_result(model, &operation);
    // There are no events that change the rows of sessions.
    if operation.operation == Operation::EndSession {
        model.screen_mut().reload();
    }
    effects
}

/// Records the step that undoes an operation.
fn record(model: &mut Model, operation: &BulkOperation) -> Vec<Effect> {
    let mut effects = Vec::new();
    if !operation.may_be_undone_yet() {
        effects.extend(model.history.forget_step(&operation.origin));
    }
    let direction = operation.origin.direction;
    if direction != Direction::New {
        for item in &operation.done {
            let versions = item.version.map(|version| (version, version + 1));
            effects
                .extend(versions.into_iter().flat_map(|(at, now)| model.history.replayed(item.id, at, now)));
        }
    }
    match (operation.undoing(), operation.recorded.clone()) {
        (Some(plan), key) => {
            let key = key.unwrap_or_else(|| model.new_key());
            let step = Step { key, at: model.now, name: plan.objects(), how: How::Operation(plan) };
            effects.extend(model.history.record(direction, step));
        }
        (None, Some(key)) => effects.push(Effect::Store(StoreChange::DropStep(key))),
        (None, None) => {}
    }
    effects
}

fn say_result(model: &mut Model, operation: &BulkOperation) {
    let done = Plan { operation: operation.operation, items: operation.done.clone() };
    let past = operation.operation.past();
    let key = |action| model.appearance.key_text(action);
    let (style, words) = match (&done.items[..], &operation.failed[..]) {
        ([], []) => return,
        (_, []) if model.ends_own_access(&done) => {
            let objects = done.objects();
            let words = format!("{past} {objects}, including your own account · log in as another person");
            (StyleRole::Warn, words)
        }
        (_, []) => {
            let (way, back) = operation.origin.direction.way_back();
            let undo = match operation.operation.inverse() {
                Some(_) => format!(" · {} {back}", key(way)),
                None => String::new(),
            };
            (StyleRole::Good, format!("{past} {}{undo}", done.objects()))
        }
        (items, [(first, error), ..]) => {
            let all = items.len() + operation.failed.len();
            let words = format!(
                "{past} {} of {} · {} retries the failed part · “{}”: {}",
                crate::terminal::text::count(items.len() as u64),
                crate::terminal::text::count(all as u64),
                key(Action::Retry),
                first.name,
                error.headline()
            );
            (StyleRole::Bad, words)
        }
    };
    model.say(style, words);
}
