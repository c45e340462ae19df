//! The screens, and what they hold.

pub(crate) mod announce;
pub(crate) mod detail_view;
pub(crate) mod health;

use vitae_sdk::{User, UserId};

use crate::app::effect::Effect;
use crate::client::collection::Collection;
use crate::client::error::ConsoleError;
use crate::client::load::Load;
use crate::client::request::{Request, Response, Ticket, Tickets};
use crate::client::row::Row;
use crate::screens::health::state::Health;
use crate::widgets::table::Table;
use crate::widgets::text_viewer::{Subject, TextViewer};

/// What fills the terminal between the bars.
#[derive(Debug, Clone)]
pub(crate) enum Screen {
    Table(Box<Table>),
    Person(Box<Person>),
    /// One resume, or what changed in it, over the whole width.
    Reader(Box<Reader>),
    /// How the server fares.
    Health(Box<Health>),
    /// Every notice of this console; how far it is scrolled.
    Log(usize),
}

/// A person with what is theirs.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    user: Load<UserId, User>,
    pub(crate) tab: usize,
    /// One a tab.
    pub(crate) tables: Vec<Table>,
}

/// Something long, read from the top.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub(crate) subject: Subject,
    pub(crate) viewer: TextViewer,
}

impl Screen {
    pub(crate) fn table_of(collection: Collection) -> Self {
        Self::Table(Box::new(Table::new(collection)))
    }

    pub(crate) fn reader(subject: Subject) -> Self {
        Self::Reader(Box::new(Reader { subject, viewer: TextViewer::default() }))
    }

    pub(crate) fn title(&self) -> String {
        match self {
            Self::Table(table) => table.collection.title().to_owned(),
            Self::Person(person) => match person.user() {
                Some(user) => crate::terminal::text::shown(&user.name),
                None => "Person".to_owned(),
            },
            Self::Reader(reader) => match reader.subject {
                Subject::Resume(..) => "Resume".to_owned(),
                Subject::Change(..) => "Changes".to_owned(),
            },
            Self::Health(_) => "Health".to_owned(),
            Self::Log(_) => "Log".to_owned(),
        }
    }

    /// The list that keys act on, if there is one.
    pub(crate) fn table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Person(person) => person.tables.get(person.tab),
            Self::Reader(_) | Self::Health(_) | Self::Log(_) => None,
        }
    }

    pub(crate) fn table_mut(&mut self) -> Option<&mut Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Person(person) => person.tables.get_mut(person.tab),
            Self::Reader(_) | Self::Health(_) | Self::Log(_) => None,
        }
    }

    /// The long text that is looked at: the screen itself, or the pane of its list.
    pub(crate) fn sheet_mut(&mut self) -> Option<&mut TextViewer> {
        match self {
            Self::Reader(reader) => Some(&mut reader.viewer),
            _ => self.table_mut().map(|table| &mut table.pane.viewer),
        }
    }

    /// Every list of the screen, those of hidden tabs as well.
    pub(crate) fn tables_mut(&mut self) -> &mut [Table] {
        match self {
            Self::Table(table) => std::slice::from_mut(table),
            Self::Person(person) => &mut person.tables,
            Self::Reader(_) | Self::Health(_) | Self::Log(_) => &mut [],
        }
    }

    /// Asks for what is missing.
    pub(crate) fn ask(&mut self, height: u64, has_pane: bool, tickets: &mut Tickets) -> Vec<Effect> {
        let mut effects = Vec::new();
        match self {
            Self::Person(person) => {
                effects.extend(person.user.want(&person.id, tickets, Request::User(person.id)));
            }
            Self::Reader(reader) => return reader.viewer.want(reader.subject, tickets),
            Self::Health(health) => {
                health.go_to(health.place, usize::try_from(height).unwrap_or(usize::MAX));
                return health.ask(tickets).into_iter().collect();
            }
            Self::Table(_) | Self::Log(_) => {}
        }
        if let Some(table) = self.table_mut() {
            table.fit(height);
            effects.extend(table.ask(height, tickets));
            if has_pane {
                let row = table.current().cloned();
                effects.extend(table.pane.ask(&table.collection, row.as_ref(), tickets));
            }
        }
        effects
    }

    /// Takes an response in, if somebody here waits for it; tells whether somebody did.
    pub(crate) fn response(
        &mut self,
        ticket: Ticket,
        response: &Result<Response, ConsoleError>,
        height: u64,
    ) -> bool {
        match self {
            Self::Person(person) if person.user.waits_for(ticket) => {
                match response {
                    Ok(Response::User(user)) => person.user.settle(Ok((**user).clone())),
                    Ok(_) => {}
                    Err(error) => person.user.settle(Err(error.clone())),
                }
                true
            }
            Self::Reader(reader) => reader.viewer.response(ticket, response),
            Self::Health(health) => health.response(ticket, response),
            _ => self.tables_mut().iter_mut().any(|table| table.response(ticket, response, height)),
        }
    }

    /// Goes on with what was put off until this ticket's time.
    pub(crate) fn woken(&mut self, ticket: Ticket) {
        if let Self::Health(health) = self {
            health.woken(ticket);
        }
        self.tables_mut().iter_mut().for_each(|table| table.woken(ticket));
    }

    /// Shows a newer state of an object wherever it stands.
    pub(crate) fn patch(&mut self, row: &Row) {
        for table in self.tables_mut() {
            table.patch(row);
        }
        match (self, row) {
            (Self::Person(person), Row::User(user)) if user.id == person.id => {
                if let Some(known) = person.user.value_mut().filter(|known| known.version <= user.version) {
                    known.clone_from(user);
                }
            }
            (Self::Reader(reader), Row::Resume(resume)) => reader.follow(resume.id, resume.revision),
            _ => {}
        }
    }

    /// Tries again what has failed.
    pub(crate) fn try_again(&mut self) {
        for table in self.tables_mut() {
            table.try_again();
        }
        match self {
            Self::Person(person) => person.user.retry(),
            Self::Reader(reader) => reader.viewer.try_again(),
            Self::Health(health) => health.try_again(),
            Self::Table(_) | Self::Log(_) => {}
        }
    }

    /// Reads again what is shown.
    pub(crate) fn reload(&mut self) {
        if let Some(table) = self.table_mut() {
            table.reload();
        }
        match self {
            Self::Person(person) => person.user.forget(),
            Self::Reader(reader) => reader.viewer.forget(),
            Self::Health(health) => health.try_again(),
            Self::Table(_) | Self::Log(_) => {}
        }
    }

    /// Lets go of what is not needed while nobody looks.
    pub(crate) fn rest(&mut self) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self.tables_mut().iter_mut().flat_map(Table::rest).collect();
        match self {
            Self::Person(person) => effects.extend(person.user.call_off()),
            Self::Reader(reader) => effects.extend(reader.viewer.call_off()),
            Self::Health(health) => effects.extend(health.rest()),
            Self::Table(_) | Self::Log(_) => {}
        }
        effects
    }
}

impl Person {
    pub(crate) fn new(id: UserId) -> Self {
        let sources = [
            Collection::Resumes { owner: Some(id), tag: None, deleted: false },
            Collection::Sessions(id),
            Collection::Audit { actor: None, object: Some(id.to_string()) },
            Collection::Audit { actor: Some(id), object: None },
        ];
        Self { id, user: Load::default(), tab: 0, tables: sources.into_iter().map(Table::new).collect() }
    }

    pub(crate) fn user(&self) -> Option<&User> {
        self.user.value().map(|(_, user)| user)
    }

    pub(crate) fn error(&self) -> Option<&ConsoleError> {
        self.user.error()
    }

    /// What the tabs are called.
    pub(crate) const TABS: &[&'static str] = &["Resumes", "Sessions", "Done to them", "Done by them"];
}

impl Reader {
    /// Shows a newer revision as soon as there is one; what compares revisions stays as it is.
    fn follow(&mut self, id: vitae_sdk::ResumeId, revision: u64) {
        if let Subject::Resume(mine, known) = self.subject
            && mine == id
            && known < revision
        {
            self.subject = Subject::Resume(id, revision);
        }
    }
}
