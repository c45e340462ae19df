//! Executes effects at the server and returns the responses as messages.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;
use vitae_sdk::Client;

use crate::app::effect::Effect;
use crate::app::message::Message;
use crate::client::dispatch::response;
use crate::client::error::ConsoleError;
use crate::client::request::{Login, Request, Response};
use crate::client::subscription::follow;
use crate::client::ticket::Ticket;

/// Creates the client for a typed server and account, or returns why it cannot.
pub type Connect = Arc<dyn Fn(&str, &str) -> Result<Client, String> + Send + Sync>;

/// The timeout of one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs effects against one server.
pub(crate) struct Executor {
    connect: Connect,
    /// The client with the current login.
    client: Arc<Mutex<Option<Client>>>,
    sender: UnboundedSender<Message>,
    tasks: JoinSet<()>,
    asked: HashMap<Ticket, AbortHandle>,
    watch: Option<AbortHandle>,
}

impl Executor {
    pub(crate) fn new(connect: Connect, client: Option<Client>, sender: UnboundedSender<Message>) -> Self {
        let client = Arc::new(Mutex::new(client.map(|client| client.with_timeout(REQUEST_TIMEOUT))));
        Self { connect, client, sender, tasks: JoinSet::new(), asked: HashMap::new(), watch: None }
    }

    /// Starts an effect; returns it if it is not one for the server.
    pub(crate) fn run(&mut self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Send(ticket, request) => self.ask(ticket, request),
            Effect::LogIn(ticket, login) => self.log_in(ticket, login),
            Effect::Cancel(ticket) => {
                if let Some(task) = self.asked.remove(&ticket) {
                    task.abort();
                }
            }
            Effect::Watch => self.watch(),
            Effect::Wake(ticket, after) => {
                let sender = self.sender.clone();
                let timer = self.tasks.spawn(async move {
                    sleep(after).await;
                    tell(&sender, Message::Woken(ticket));
                });
                self.asked.insert(ticket, timer);
            }
            other => return Some(other),
        }
        None
    }

    /// Waits until a task has ended and returns its panic, if it panicked. Waits forever if there is no task.
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
        self.response(ticket, async move {
            response(&client, request).await.map_err(|error| ConsoleError::of(&error))
        });
    }

    fn log_in(&mut self, ticket: Ticket, login: Login) {
        let (connect, client) = (Arc::clone(&self.connect), Arc::clone(&self.client));
        self.response(ticket, async move { log_in(&connect, &client, login).await });
    }

    fn response(
        &mut self,
        ticket: Ticket,
        asked: impl Future<Output = Result<Response, ConsoleError>> + Send + 'static,
    ) {
        let sender = self.sender.clone();
        let task = self.tasks.spawn(async move {
            tell(&sender, Message::Response(ticket, asked.await));
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

/// Sends a message; there is no receiver any more while the console ends.
pub(crate) fn tell(sender: &UnboundedSender<Message>, message: Message) {
    let _ = sender.send(message);
}

async fn log_in(
    connect: &Connect,
    known: &Mutex<Option<Client>>,
    login: Login,
) -> Result<Response, ConsoleError> {
    let client = connect(&login.server, &login.email)
        .map_err(|why| {
            ConsoleError::local(crate::terminal::text::escaped(&why), "check the server's address")
        })?
        .with_timeout(REQUEST_TIMEOUT);
    let user =
        client.auth().login(&login.email, &login.password).await.map_err(|error| ConsoleError::of(&error))?;
    *known.lock().unwrap_or_else(PoisonError::into_inner) = Some(client);
    Ok(Response::LoggedIn(Box::new(user)))
}
