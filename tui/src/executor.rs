//! Does at the server what the console wants, and brings the answers back.

use std::any::Any;
use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Sleep, sleep};
use vitae_sdk::{
    Client, Deleted, Error, Event, EventDetails, EventStream, IfMatch, Page, ResumeId, Revision,
};

use crate::effect::Effect;
use crate::message::{About, Link, Message, News};
use crate::request::{Answer, Change, Login, PageRequest, Request, Ticket};
use crate::row::{Row, RowId};
use crate::source::Source;
use crate::trouble::Trouble;
use crate::window::PAGE;
use crate::work::Act;

/// Makes the client for a server and an account that somebody typed, or says why it cannot.
pub type Connect = Arc<dyn Fn(&str, &str) -> Result<Client, String> + Send + Sync>;

/// How long one request may take before the screen says that it takes too long.
const PATIENCE: Duration = Duration::from_secs(10);
/// The server ends every stream with its token and the next one follows at once: no news to anybody.
const GRACE: Duration = Duration::from_secs(1);

/// Runs effects against one server.
pub(crate) struct Executor {
    connect: Connect,
    /// The client that is logged in.
    client: Arc<Mutex<Option<Client>>>,
    sender: UnboundedSender<Message>,
    tasks: JoinSet<()>,
    asked: HashMap<Ticket, AbortHandle>,
    watch: Option<AbortHandle>,
}

impl Executor {
    pub(crate) fn new(connect: Connect, client: Option<Client>, sender: UnboundedSender<Message>) -> Self {
        let client = Arc::new(Mutex::new(client.map(|client| client.with_timeout(PATIENCE))));
        Self { connect, client, sender, tasks: JoinSet::new(), asked: HashMap::new(), watch: None }
    }

    /// Begins what an effect says; tells whether it was one for the server.
    pub(crate) fn run(&mut self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Ask(ticket, request) => self.ask(ticket, request),
            Effect::LogIn(ticket, login) => self.log_in(ticket, login),
            Effect::Cancel(ticket) => {
                if let Some(task) = self.asked.remove(&ticket) {
                    task.abort();
                }
            }
            Effect::Watch => self.watch(),
            Effect::Wake(ticket, after) => {
                let sender = self.sender.clone();
                self.tasks.spawn(async move {
                    sleep(after).await;
                    tell(&sender, Message::Woken(ticket));
                });
            }
            other => return Some(other),
        }
        None
    }

    /// Waits until a task has ended; gives what it broke with, if it broke. For ever if there is none.
    pub(crate) async fn ended(&mut self) -> Option<Box<dyn Any + Send>> {
        match self.tasks.join_next().await {
            Some(outcome) => {
                self.asked.retain(|_, task| !task.is_finished());
                outcome.err().and_then(|error| error.try_into_panic().ok())
            }
            None => std::future::pending().await,
        }
    }

    fn ask(&mut self, ticket: Ticket, request: Request) {
        let Some(client) = current(&self.client) else { return };
        self.answer(
            ticket,
            async move { answer(&client, request).await.map_err(|error| Trouble::of(&error)) },
        );
    }

    fn log_in(&mut self, ticket: Ticket, login: Login) {
        let (connect, client) = (Arc::clone(&self.connect), Arc::clone(&self.client));
        self.answer(ticket, async move { log_in(&connect, &client, login).await });
    }

    fn answer(
        &mut self,
        ticket: Ticket,
        asked: impl Future<Output = Result<Answer, Trouble>> + Send + 'static,
    ) {
        let sender = self.sender.clone();
        let task = self.tasks.spawn(async move {
            tell(&sender, Message::Answer(ticket, asked.await));
        });
        self.asked.insert(ticket, task);
    }

    fn watch(&mut self) {
        if let Some(before) = self.watch.take() {
            before.abort();
        }
        let Some(client) = current(&self.client) else { return };
        self.watch = Some(self.tasks.spawn(follow(client, self.sender.clone())));
    }
}

fn current(client: &Mutex<Option<Client>>) -> Option<Client> {
    client.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Nobody listens any more when the console ends.
fn tell(sender: &UnboundedSender<Message>, message: Message) {
    let _ = sender.send(message);
}

async fn log_in(connect: &Connect, known: &Mutex<Option<Client>>, login: Login) -> Result<Answer, Trouble> {
    let client = connect(&login.server, &login.email)
        .map_err(|why| Trouble::local(crate::text::escaped(&why), "check the server's address"))?
        .with_timeout(PATIENCE);
    let user =
        client.auth().login(&login.email, &login.password).await.map_err(|error| Trouble::of(&error))?;
    *known.lock().unwrap_or_else(PoisonError::into_inner) = Some(client);
    Ok(Answer::LoggedIn(Box::new(user)))
}

async fn answer(client: &Client, request: Request) -> Result<Answer, Error> {
    Ok(match request {
        Request::Me => Answer::Me(Box::new(client.me().get().await?)),
        Request::Page(request) => Answer::Page(page(client, request).await?),
        Request::Count { source, query } => Answer::Count(count(client, source, query).await?),
        Request::User(id) => Answer::User(Box::new(client.users().get(id).await?)),
        Request::UserByEmail(email) => {
            let found = client.users().list().email(&email).deleted(Deleted::Include).limit(1).send().await?;
            match found.items.into_iter().next() {
                Some(user) => Answer::User(Box::new(user)),
                None => Answer::Nobody(email),
            }
        }
        Request::Resume(id) => Answer::Resume(Box::new(client.resumes().get(id).await?)),
        Request::Act { act, id, version } => {
            do_one(client, act, id, version).await?;
            Answer::Done
        }
        Request::Change { id, from, to } => Answer::Change(Box::new(change(client, id, from, to).await?)),
    })
}

/// Changes one object, unless it has moved on since it was seen.
async fn do_one(client: &Client, act: Act, id: RowId, version: Option<u64>) -> Result<(), Error> {
    let based_on = version.map(IfMatch::Version);
    match (act, id) {
        (Act::Delete, RowId::User(id)) => client.users().delete(id, based_on).await,
        (Act::Restore, RowId::User(id)) => client.users().restore(id, based_on).await.map(drop),
        (Act::Disable, RowId::User(id)) => client.users().disable(id, based_on).await.map(drop),
        (Act::Enable, RowId::User(id)) => client.users().enable(id, based_on).await.map(drop),
        (Act::Delete, RowId::Resume(id)) => client.resumes().delete(id, based_on).await,
        (Act::Restore, RowId::Resume(id)) => client.resumes().restore(id, based_on).await.map(drop),
        (Act::EndSession, RowId::Session(id)) => client.me().revoke_session(id).await,
        (Act::EndSession, RowId::User(id)) => client.users().revoke_sessions(id).await,
        // No plan is made for anything else.
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

async fn page(client: &Client, request: PageRequest) -> Result<Page<Row>, Error> {
    let PageRequest { source, query, sort, cursor, count } = request;
    match source {
        Source::Users { .. } => {
            let mut list = users(client, source, query).limit(PAGE).count(count);
            if let Some(sort) = sort {
                list = list.sort(sort);
            }
            if let Some(cursor) = cursor {
                list = list.cursor(cursor);
            }
            Ok(rows(list.send().await?, |user| Row::User(Box::new(user))))
        }
        Source::Resumes { .. } => {
            let mut list = resumes(client, source, query).limit(PAGE).count(count);
            if let Some(sort) = sort {
                list = list.sort(sort);
            }
            if let Some(cursor) = cursor {
                list = list.cursor(cursor);
            }
            Ok(rows(list.send().await?, |resume| Row::Resume(Box::new(resume))))
        }
        Source::Revisions(id) => {
            let mut list = client.resumes().revisions(id).limit(PAGE);
            if let Some(cursor) = cursor {
                list = list.cursor(cursor);
            }
            Ok(rows(list.send().await?, |revision| Row::Revision(Box::new(revision))))
        }
        Source::Sessions(id) => {
            let items = client.users().sessions(id).await?;
            let page = Page { items, next_cursor: None, prev_cursor: None, total: None };
            Ok(rows(page, |session| Row::Session(Box::new(session))))
        }
        Source::Audit { actor, object } => {
            let mut list = client.audit().list().limit(PAGE);
            if let Some(actor) = actor {
                list = list.actor(actor);
            }
            if let Some(object) = object {
                list = list.object(object);
            }
            if !query.is_empty() {
                list = list.action(query);
            }
            if let Some(cursor) = cursor {
                list = list.cursor(cursor);
            }
            Ok(rows(list.send().await?, |entry| Row::Entry(Box::new(entry))))
        }
    }
}

async fn count(client: &Client, source: Source, query: String) -> Result<u64, Error> {
    let total = match source {
        Source::Users { .. } => users(client, source, query).limit(1).count(true).send().await?.total,
        Source::Resumes { .. } => resumes(client, source, query).limit(1).count(true).send().await?.total,
        _ => None,
    };
    Ok(total.unwrap_or_default())
}

fn users(client: &Client, source: Source, query: String) -> vitae_sdk::ListUsers {
    let mut list = client.users().list();
    if let Source::Users { role, status, deleted } = source {
        list = list.deleted(only(deleted));
        if let Some(role) = role {
            list = list.role(role);
        }
        if let Some(status) = status {
            list = list.status(status);
        }
    }
    if query.is_empty() { list } else { list.query(query) }
}

fn resumes(client: &Client, source: Source, query: String) -> vitae_sdk::ListResumes {
    let mut list = client.resumes().list();
    if let Source::Resumes { owner, tag, deleted } = source {
        list = list.deleted(only(deleted));
        if let Some(owner) = owner {
            list = list.owner(owner);
        }
        if let Some(tag) = tag {
            list = list.tag(tag);
        }
    }
    if query.is_empty() { list } else { list.query(query) }
}

fn only(deleted: bool) -> Deleted {
    if deleted { Deleted::Only } else { Deleted::Exclude }
}

fn rows<T>(page: Page<T>, row: impl Fn(T) -> Row) -> Page<Row> {
    Page {
        items: page.items.into_iter().map(row).collect(),
        next_cursor: page.next_cursor,
        prev_cursor: page.prev_cursor,
        total: page.total,
    }
}

/// Tells what happens at the server, and how the connection fares.
async fn follow(client: Client, sender: UnboundedSender<Message>) {
    let mut events = client.events().watch().stream();
    loop {
        let Some(event) = next(&mut events, &sender).await else { return };
        let message = match event {
            Ok(Event::Ready { .. }) => Message::Link(Link::Up),
            Ok(Event::Reset { .. }) => Message::Link(Link::Gap),
            Ok(Event::Event { subject, details, .. }) => {
                let about = match details {
                    EventDetails::User(user) => About::User(Box::new(user)),
                    EventDetails::Resume(resume) => About::Resume(Box::new(resume)),
                    EventDetails::Session(_) => About::Session,
                    _ => About::Other,
                };
                Message::News(Box::new(News { subject, about }))
            }
            Ok(_) => continue,
            Err(error) => Message::Link(Link::Ended(Trouble::of(&error))),
        };
        tell(&sender, message);
    }
}

/// The next event; says on the way when the connection is away for longer than a moment.
async fn next(
    events: &mut EventStream,
    sender: &UnboundedSender<Message>,
) -> Option<vitae_sdk::Result<Event>> {
    let mut away: Option<Pin<Box<Sleep>>> = None;
    let mut is_told = false;
    poll_fn(|context| {
        if let Poll::Ready(event) = events.poll_next_unpin(context) {
            return Poll::Ready(event);
        }
        if !events.is_connected() && !is_told {
            let away = away.get_or_insert_with(|| Box::pin(sleep(GRACE)));
            if away.as_mut().poll(context).is_ready() {
                is_told = true;
                tell(sender, Message::Link(Link::Down));
            }
        }
        Poll::Pending
    })
    .await
}
