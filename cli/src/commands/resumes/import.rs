//! `vitae resumes import`: one request a document, several at once, results in order.

use std::cell::Cell;
use std::path::PathBuf;
use std::thread;

use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::mpsc;
use vitae_sdk::{Resume, UserId};

use super::report::{Report, Transferred, Words};
use super::sources::{Source, read_all};
use super::warn_of_old_keys;
use crate::arguments::resumes::Import;
use crate::arguments::{ErrorForm, Global};
use crate::context::Online;
use crate::errors::{Failure, InFile};
use crate::exit;
use crate::output::Output;

/// Requests on their way at once.
const IN_FLIGHT: usize = 8;

pub(super) async fn run(
    online: &Online,
    global: &Global,
    options: Import,
    output: &mut Output,
) -> Result<(), Failure> {
    let owner = online.owner(options.owner.as_ref()).await?;
    let wishes = Wishes { owner, tags: options.tag, title: options.title };
    let has_stopped = Cell::new(false);
    let sources = sources(options.paths)?.take_while(|_| std::future::ready(!has_stopped.get()));
    let mut results = Box::pin(sources.map(|source| send(online, &wishes, source)).buffered(IN_FLIGHT));
    let words = Words {
        done: "created",
        failed: "refused",
        next_step: "mend what the errors above name, then import those files again",
    };
    let mut report = Report::new(words, global.error_format == ErrorForm::Json, output);
    let mut stopped = None;
    while let Some(Sent { place, old_keys, outcome }) = results.next().await {
        match outcome {
            Ok(resume) => {
                warn_of_old_keys(&place.to_string(), &old_keys, report.output());
                report.done(Transferred { place, id: resume.id, title: resume.title.into_inner() })?;
            }
            // What is on its way is waited for, so that every outcome is known.
            Err(failure) if ends_all(&failure) => {
                has_stopped.set(true);
                stopped.get_or_insert(failure);
            }
            Err(failure) => report.failed(failure)?,
        }
    }
    report.finish(stopped)
}

/// What the flags say about each document.
struct Wishes {
    owner: Option<UserId>,
    tags: Vec<String>,
    title: Option<String>,
}

struct Sent {
    place: InFile,
    old_keys: Vec<String>,
    outcome: Result<Resume, Failure>,
}

async fn send(online: &Online, wishes: &Wishes, source: Source) -> Sent {
    let Source { place, content } = source;
    let content = match content {
        Ok(content) => content,
        Err(failure) => return Sent { place, old_keys: Vec::new(), outcome: Err(failure) },
    };
    let mut resume = content.resume;
    if let Some(title) = &wishes.title {
        resume.title.clone_from(title);
    }
    resume.owner_id = wishes.owner.or(resume.owner_id);
    let new = wishes.tags.iter().filter(|tag| !resume.tags.contains(tag)).cloned().collect::<Vec<_>>();
    resume.tags.extend(new);
    let created = online.client.resumes().create(&resume).await;
    let outcome = created.map_err(|error| online.explain("import it", &error).in_file(&place));
    Sent { place, old_keys: content.old_keys, outcome }
}

/// Whether the next document would fail for the same reason.
fn ends_all(failure: &Failure) -> bool {
    matches!(failure.exit, exit::NOT_LOGGED_IN | exit::UNREACHABLE | exit::RATE_LIMITED)
        || failure.code.as_deref() == Some("storage_full")
}

/// The documents, read on a thread of their own: a pipe may take its time.
fn sources(paths: Vec<PathBuf>) -> Result<impl Stream<Item = Source>, Failure> {
    let (sender, mut receiver) = mpsc::channel(IN_FLIGHT);
    thread::Builder::new()
        .name("vitae-import".to_owned())
        .spawn(move || read_all(&paths, &mut |source| sender.blocking_send(source).is_ok()))
        .map_err(|e| Failure::io("start a thread", &e))?;
    Ok(stream::poll_fn(move |context| receiver.poll_recv(context)))
}
