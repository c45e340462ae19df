//! Acts that change something: chosen, confirmed, carried out one by one, taken back.

use vitae_sdk::Status;

use crate::action::Action;
use crate::effect::Effect;
use crate::model::Model;
use crate::overlay::{Confirm, Overlay};
use crate::request::{Answer, Request, Ticket};
use crate::row::{Row, RowId};
use crate::screen::Screen;
use crate::sheet::Print;
use crate::source::Source;
use crate::theme::Ink;
use crate::trouble::Trouble;
use crate::work::{Act, Item, Plan, Work};

/// Acts that can be taken back.
const REMEMBERED: usize = 50;

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
    let plan = match action {
        Action::Undo => model.undo.pop(),
        Action::Retry => model.failed.take(),
        _ => plan(model, action),
    };
    let Some(plan) = plan else { return Vec::new() };
    if matches!(plan.act, Act::Restore | Act::Enable) && plan.items.len() == 1 {
        return begin(model, plan);
    }
    model.overlay = Some(Overlay::Confirm(Box::new(Confirm { plan, ..Confirm::default() })));
    Vec::new()
}

/// Begins to carry a plan out.
pub(super) fn begin(model: &mut Model, plan: Plan) -> Vec<Effect> {
    if model.work.is_some() {
        model.say(Ink::Warn, "something is being done already; wait for it, or stop it with esc");
        return Vec::new();
    }
    if let Some(table) = model.screen.table_mut() {
        table.marks.clear();
    }
    model.work = Some(Work::new(plan));
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
    let Some(item) = work.waiting.pop_front() else {
        finish(model);
        return Vec::new();
    };
    let ticket = model.tickets.next();
    let request = Request::Act { act: work.act, id: item.id, version: item.version };
    work.running = Some((ticket, item));
    vec![Effect::Ask(ticket, request)]
}

fn finish(model: &mut Model) {
    let Some(work) = model.work.take() else { return };
    if let Some(undoing) = work.undoing() {
        model.undo.push(undoing);
        if model.undo.len() > REMEMBERED {
            model.undo.remove(0);
        }
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
}
