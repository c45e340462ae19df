//! `vitae apply` and `vitae diff`

pub(super) mod args;
mod plan;

use serde::Serialize;
use vitae_sdk::{CreateResume, IfMatch, ResumeSummary, Status, UpdateUser, UserId, draft_of};
use vitae_sdk_workspace::Values;
use vitae_sdk_workspace::manifest::{Object, Resume, User};

use self::args::{Apply, Diff};
use self::plan::{Plan, Planned, Reader};
use crate::bulk::{Report, ReportWording};
use crate::changes::{self, Difference};
use crate::connection::Connection;
use crate::errors::Failure;
use crate::flags::{ErrorFormat, Global};
use crate::manifest;
use crate::output::{Column, Output, Row};
use crate::{exit, runtime};

/// Maximum attempts for an object that other users change at the same time.
const TRIES: usize = 5;

const WORDING: ReportWording = ReportWording {
    done: "up to date",
    failed: "failed",
    error: "objects could not be applied",
    next_step: "fix the errors above, then repeat the command; applied objects are kept",
};

/// The result for one object.
#[derive(Debug, Serialize)]
pub(crate) struct Applied {
    kind: &'static str,
    name: String,
    id: Option<String>,
    /// `created`, `updated` or `unchanged`.
    action: &'static str,
    dry_run: bool,
    changes: Vec<Difference>,
}

/// Creates and updates all objects of the manifests.
pub(super) async fn apply(
    connection: &Connection,
    global: &Global,
    options: Apply,
    output: &mut Output,
) -> Result<(), Failure> {
    let stated = runtime::run_blocking(move || manifest::read(&options.files)).await?;
    let mut reader = Reader::new(connection);
    let mut report = Report::new(WORDING, global.error_format == ErrorFormat::Json, output);
    for manifest::Stated { location, object } in stated {
        let applied = if options.dry_run {
            reader.plan(&object).await.map(|planned| to_row(&planned, None, true))
        } else {
            apply_object(&mut reader, &object).await
        };
        match applied {
            Ok(applied) => report.done(applied)?,
            Err(failure) if is_fatal(&failure) => return report.finish(Some(failure.in_file(&location))),
            Err(failure) => report.failed(failure.in_file(&location))?,
        }
    }
    report.finish(None)
}

/// Shows what `apply` would change.
pub(super) async fn diff(
    connection: &Connection,
    global: &Global,
    options: Diff,
    output: &mut Output,
) -> Result<(), Failure> {
    let stated = runtime::run_blocking(move || manifest::read(&options.files)).await?;
    let mut reader = Reader::new(connection);
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for manifest::Stated { location, object } in stated {
        match reader.plan(&object).await {
            Ok(planned) => found.extend(differences(&planned)),
            Err(failure) => failures.push(failure.in_file(&location)),
        }
    }
    let differ = !found.is_empty();
    let mut list = output.list();
    list.page(&found)?;
    list.finish()?;
    let count = failures.len();
    match (failures.pop(), count) {
        (None, _) => changes::outcome(differ),
        (Some(only), 1) => Err(only),
        (Some(other), _) => {
            for failure in failures.iter().chain([&other]) {
                failure.print(global.error_format == ErrorFormat::Json);
            }
            Err(Failure::new(exit::SOME_FAILED, format!("{count} objects could not be compared"))
                .next("fix the errors above"))
        }
    }
}

/// Plans and executes the changes of an object; retries if it was changed in the meantime.
async fn apply_object(reader: &mut Reader<'_>, object: &Object) -> Result<Applied, Failure> {
    let mut tries = 0;
    loop {
        tries += 1;
        let planned = reader.plan(object).await?;
        match execute(reader, &planned).await {
            Ok(id) => return Ok(to_row(&planned, id, false)),
            Err(overtaken) if overtaken.code.as_deref() == Some("precondition_failed") && tries < TRIES => {}
            Err(failure) => return Err(failure),
        }
    }
}

/// Executes a plan; returns the id of a new object.
async fn execute(reader: &mut Reader<'_>, planned: &Planned) -> Result<Option<String>, Failure> {
    let connection = reader.connection;
    let explain = |error| connection.explain(&format!("apply {} {}", planned.kind, planned.name), &error);
    match &planned.plan {
        Plan::Unchanged { .. } => Ok(None),
        Plan::CreateUser(user) => create_user(connection, user).await.map(Some).map_err(explain),
        Plan::CreateResume(resume, owner) => {
            let created = connection.client.resumes().create(&new_resume(resume, *owner)).await;
            Ok(Some(created.map_err(explain)?.id.to_string()))
        }
        Plan::UpdateUser { current, stated, .. } => {
            update_user(connection, current, stated).await.map_err(explain)?;
            Ok(None)
        }
        Plan::UpdateResume { current, stated, replaces_document, .. } => {
            let mut draft =
                stated.values.update::<ResumeSummary>(&Values::of_resume(current), draft_of(current));
            if let Some(document) = plan::document_of(stated).filter(|_| *replaces_document) {
                draft.document = document.to_owned();
            }
            let based_on = IfMatch::Version(current.revision);
            connection.client.resumes().replace(current.id, &draft, based_on).await.map_err(explain)?;
            Ok(None)
        }
    }
}

async fn create_user(connection: &Connection, user: &User) -> vitae_sdk::Result<String> {
    let new = user.values.create::<vitae_sdk::User>();
    let created = connection.client.users().create(&new).await?;
    if user.status == Some(Status::Disabled) {
        connection.client.users().disable(created.id, Some(IfMatch::Version(created.version))).await?;
    }
    Ok(created.id.to_string())
}

async fn update_user(
    connection: &Connection,
    current: &vitae_sdk::User,
    stated: &User,
) -> vitae_sdk::Result<()> {
    let users = connection.client.users();
    let change = stated.values.update::<vitae_sdk::User>(&Values::of_user(current), UpdateUser::default());
    let mut version = current.version;
    if change != UpdateUser::default() {
        version = users.update(current.id, &change, IfMatch::Version(version)).await?.version;
    }
    let based_on = Some(IfMatch::Version(version));
    match stated.status.as_ref().filter(|status| **status != current.status) {
        Some(Status::Disabled) => users.disable(current.id, based_on).await.map(drop),
        Some(_) => users.enable(current.id, based_on).await.map(drop),
        None => Ok(()),
    }
}

fn new_resume(stated: &Resume, owner: UserId) -> CreateResume {
    let mut new = stated.values.create::<ResumeSummary>();
    new.owner_id = Some(owner);
    if let Some(document) = plan::document_of(stated) {
        new.document = document.to_owned();
    }
    new
}

fn to_row(planned: &Planned, new: Option<String>, dry_run: bool) -> Applied {
    let (action, id) = match &planned.plan {
        Plan::Unchanged { id } => ("unchanged", Some(id.clone())),
        Plan::CreateUser(_) | Plan::CreateResume(..) => ("created", new),
        Plan::UpdateUser { current, .. } => ("updated", Some(current.id.to_string())),
        Plan::UpdateResume { current, .. } => ("updated", Some(current.id.to_string())),
    };
    let (kind, name) = (planned.kind, planned.name.clone());
    Applied { kind, name, id, action, dry_run, changes: planned.changes.clone() }
}

/// Whether the next object would fail for the same reason.
fn is_fatal(failure: &Failure) -> bool {
    matches!(failure.exit, exit::NOT_LOGGED_IN | exit::UNREACHABLE | exit::RATE_LIMITED)
}

impl Row for Applied {
    const FIELDS: &'static [&'static str] = &["kind", "name", "id", "action", "dry_run", "changes"];
    const COLUMNS: &'static [Column] =
        &[Column::fixed("KIND"), Column::text("NAME"), Column::fixed("ACTION"), Column::fixed("ID")];

    fn id(&self) -> String {
        self.id.clone().unwrap_or_else(|| self.name.clone())
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        let mark = if is_for_person && self.dry_run { " (dry run)" } else { "" };
        vec![
            self.kind.to_owned(),
            self.name.clone(),
            format!("{}{mark}", self.action),
            self.id.clone().unwrap_or_default(),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        ["kind", "name", "action", "id"].into_iter().zip(self.cells(true)).collect()
    }
}

/// A difference between an object and its manifest.
#[derive(Debug, Serialize)]
pub(crate) struct ObjectDifference {
    kind: &'static str,
    name: String,
    #[serde(flatten)]
    difference: Difference,
}

fn differences(planned: &Planned) -> Vec<ObjectDifference> {
    let of = |difference: &Difference| ObjectDifference {
        kind: planned.kind,
        name: planned.name.clone(),
        difference: difference.clone(),
    };
    planned.changes.iter().map(of).collect()
}

impl Row for ObjectDifference {
    const FIELDS: &'static [&'static str] = &["kind", "name", "change", "pointer", "before", "after"];
    const COLUMNS: &'static [Column] = &[
        Column::fixed("KIND"),
        Column::text("NAME"),
        Column::fixed("CHANGE"),
        Column::text("POINTER"),
        Column::text("BEFORE"),
        Column::text("AFTER"),
    ];

    fn id(&self) -> String {
        self.name.clone()
    }

    fn cells(&self, is_for_person: bool) -> Vec<String> {
        let mut cells = vec![self.kind.to_owned(), self.name.clone()];
        cells.extend(self.difference.cells(is_for_person));
        cells
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        Self::FIELDS.iter().copied().zip(self.cells(true)).collect()
    }
}
