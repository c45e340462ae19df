//! Maps each request to its calls of the SDK.

use std::time::SystemTime;

use vitae_sdk::{
    Client, Deleted, Error, ExposeSecret as _, IfMatch, ReplaceResume, ResumeId, ResumeSummary, Revision,
    Status, UpdateUser, User,
};
use vitae_sdk_workspace::Values;

use crate::client::metrics::{Metrics, shown};
use crate::client::operation::Operation;
use crate::client::pages::{count, everything, page};
use crate::client::request::{Change, Request, Response, Save};
use crate::client::row::RowId;

/// Sends a request to the server.
pub(crate) async fn response(client: &Client, request: Request) -> Result<Response, Error> {
    Ok(match request {
        Request::Me => Response::Me(Box::new(client.me().get().await?)),
        Request::Page(request) => Response::Page(page(client, request).await?),
        Request::Count { collection, query } => Response::Count(count(client, collection, query).await?),
        Request::User(id) => Response::User(Box::new(client.users().get(id).await?)),
        Request::UserByEmail(email) => {
            let found = client.users().list().email(&email).deleted(Deleted::Include).limit(1).send().await?;
            match found.items.into_iter().next() {
                Some(user) => Response::User(Box::new(user)),
                None => Response::Nobody(email),
            }
        }
        Request::Resume(id) => Response::Resume(Box::new(client.resumes().get(id).await?)),
        Request::Metrics => Response::Metrics(metrics(client).await?.map(Box::new)),
        Request::Stats => Response::Stats(Box::new(client.stats().await?)),
        Request::Operation { operation, id, version } => {
            do_one(client, operation, id, version).await?;
            Response::Done
        }
        Request::Before { id, revision } => {
            let resumes = client.resumes();
            let (now, before) = tokio::try_join!(resumes.get(id), resumes.revision(id, revision))?;
            Response::Before(Box::new((now, before)))
        }
        Request::Everything { collection, query } => everything(client, collection, query).await?,
        Request::Save(what) => save(client, *what).await?,
        Request::Change { id, from, to } => Response::Change(Box::new(change(client, id, from, to).await?)),
    })
}

/// Saves a form.
async fn save(client: &Client, what: Save) -> Result<Response, Error> {
    let user = |user| Response::User(Box::new(user));
    let resume = |resume| Response::Resume(Box::new(resume));
    Ok(match what {
        Save::NewPerson { key, values, password } => {
            let password = password.map(|password| password.expose_secret().to_owned());
            let new = values.create::<User>().password(password);
            user(client.users().with_idempotency_key(key).create(&new).await?)
        }
        Save::Person { id, version, before, values } => {
            let change = values.update::<User>(&before, UpdateUser::new());
            user(client.users().update(id, &change, IfMatch::Version(version)).await?)
        }
        Save::NewResume { key, owner, values } => {
            let new = values.create::<ResumeSummary>().owner_id(owner);
            resume(client.resumes().with_idempotency_key(key).create(&new).await?)
        }
        Save::Resume { id, version, values } => {
            let empty = ReplaceResume::new(String::new(), Box::default());
            let change = values.update::<ResumeSummary>(&Values::default(), empty);
            resume(client.resumes().replace(id, &change, IfMatch::Version(version)).await?)
        }
        Save::Password { of: Some(id), password } => {
            client.users().set_password(id, &password).await?;
            Response::Done
        }
        Save::Password { of: None, .. } => Response::Done,
        Save::OwnPassword { current, new } => {
            client.me().change_password(&current, &new).await?;
            Response::Done
        }
    })
}

/// Applies an action to one object; restoring or enabling succeeds if the object already is in that state.
///
/// An undo step records an object before its change is sent; if the console is killed then, it cannot
/// know whether the change took effect.
async fn do_one(client: &Client, operation: Operation, id: RowId, version: Option<u64>) -> Result<(), Error> {
    match request_one(client, operation, id, version).await {
        Err(error) if error.is_precondition_failed() && is_there(client, operation, id).await? => Ok(()),
        outcome => outcome,
    }
}

/// Returns whether an object already is in the state that restoring or enabling would bring it to.
async fn is_there(client: &Client, operation: Operation, id: RowId) -> Result<bool, Error> {
    Ok(match (operation, id) {
        (Operation::Restore, RowId::User(id)) => client.users().get(id).await?.deleted_at.is_none(),
        (Operation::Restore, RowId::Resume(id)) => client.resumes().get(id).await?.deleted_at.is_none(),
        (Operation::Enable, RowId::User(id)) => client.users().get(id).await?.status == Status::Active,
        _ => false,
    })
}

/// Changes one object, unless it has changed since it was shown.
async fn request_one(
    client: &Client,
    operation: Operation,
    id: RowId,
    version: Option<u64>,
) -> Result<(), Error> {
    let based_on = version.map(IfMatch::Version);
    match (operation, id) {
        (Operation::Delete, RowId::User(id)) => client.users().delete(id, based_on).await,
        (Operation::Restore, RowId::User(id)) => client.users().restore(id, based_on).await.map(drop),
        (Operation::Disable, RowId::User(id)) => client.users().disable(id, based_on).await.map(drop),
        (Operation::Enable, RowId::User(id)) => client.users().enable(id, based_on).await.map(drop),
        (Operation::Delete, RowId::Resume(id)) => client.resumes().delete(id, based_on).await,
        (Operation::Restore, RowId::Resume(id)) => client.resumes().restore(id, based_on).await.map(drop),
        (Operation::EndSession, RowId::Session(id)) => client.me().revoke_session(id).await,
        (Operation::EndSession, RowId::User(id)) => client.users().revoke_sessions(id).await,
        // Plans for other combinations do not exist.
        _ => Ok(()),
    }
}

async fn change(client: &Client, id: ResumeId, from: Option<u64>, to: u64) -> Result<Change, Error> {
    let revision = async |number| -> Result<Revision, Error> { client.resumes().revision(id, number).await };
    let before = match from.or(to.checked_sub(1)) {
        None | Some(0) => None,
        Some(number) => Some(revision(number).await?),
    };
    Ok(Change { before, after: revision(to).await? })
}

/// Reads the metrics, and the reasons of stalled feeds if there are any.
async fn metrics(client: &Client) -> Result<Option<Metrics>, Error> {
    let text = client.server().metrics().await?;
    let Some(mut metrics) = Metrics::read(&text, SystemTime::now().into()) else { return Ok(None) };
    if metrics.stuck > 0 {
        let feeds = client.server().readiness().await?.stuck_feeds;
        metrics.stuck_feeds = feeds.into_iter().map(|(feed, why)| (shown(&feed), shown(&why))).collect();
    }
    Ok(Some(metrics))
}
