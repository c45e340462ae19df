//! The screens, and what they hold.

use vitae_sdk::{User, UserId};

use crate::effect::Effect;
use crate::load::Load;
use crate::pulses::Pulses;
use crate::request::{Answer, Request, Ticket, Tickets};
use crate::row::Row;
use crate::sheet::{Sheet, Subject};
use crate::source::Source;
use crate::table::Table;
use crate::trouble::Trouble;

/// What fills the terminal between the bars.
#[derive(Debug, Clone)]
pub(crate) enum Screen {
    Table(Box<Table>),
    Person(Box<Person>),
    /// One resume, or what changed in it, over the whole width.
    Reader(Box<Reader>),
    /// How the server fares.
    Pulses(Box<Pulses>),
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
    pub(crate) sheet: Sheet,
}

impl Screen {
    pub(crate) fn table_of(source: Source) -> Self {
        Self::Table(Box::new(Table::new(source)))
    }

    pub(crate) fn reader(subject: Subject) -> Self {
        Self::Reader(Box::new(Reader { subject, sheet: Sheet::default() }))
    }

    pub(crate) fn title(&self) -> String {
        match self {
            Self::Table(table) => table.source.title().to_owned(),
            Self::Person(person) => match person.user() {
                Some(user) => crate::text::shown(&user.name),
                None => "Person".to_owned(),
            },
            Self::Reader(reader) => match reader.subject {
                Subject::Resume(..) => "Resume".to_owned(),
                Subject::Change(..) => "Changes".to_owned(),
            },
            Self::Pulses(_) => "Pulses".to_owned(),
            Self::Log(_) => "Log".to_owned(),
        }
    }

    /// The list that keys act on, if there is one.
    pub(crate) fn table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Person(person) => person.tables.get(person.tab),
            Self::Reader(_) | Self::Pulses(_) | Self::Log(_) => None,
        }
    }

    pub(crate) fn table_mut(&mut self) -> Option<&mut Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Person(person) => person.tables.get_mut(person.tab),
            Self::Reader(_) | Self::Pulses(_) | Self::Log(_) => None,
        }
    }

    /// The long text that is looked at: the screen itself, or the pane of its list.
    pub(crate) fn sheet_mut(&mut self) -> Option<&mut Sheet> {
        match self {
            Self::Reader(reader) => Some(&mut reader.sheet),
            _ => self.table_mut().map(|table| &mut table.pane.sheet),
        }
    }

    /// Every list of the screen, those of hidden tabs as well.
    pub(crate) fn tables_mut(&mut self) -> &mut [Table] {
        match self {
            Self::Table(table) => std::slice::from_mut(table),
            Self::Person(person) => &mut person.tables,
            Self::Reader(_) | Self::Pulses(_) | Self::Log(_) => &mut [],
        }
    }

    /// Asks for what is missing.
    pub(crate) fn ask(&mut self, height: u64, has_pane: bool, tickets: &mut Tickets) -> Vec<Effect> {
        let mut effects = Vec::new();
        match self {
            Self::Person(person) => {
                effects.extend(person.user.want(&person.id, tickets, Request::User(person.id)));
            }
            Self::Reader(reader) => return reader.sheet.want(reader.subject, tickets),
            Self::Pulses(pulses) => {
                pulses.go_to(pulses.place, usize::try_from(height).unwrap_or(usize::MAX));
                return pulses.ask(tickets).into_iter().collect();
            }
            Self::Table(_) | Self::Log(_) => {}
        }
        if let Some(table) = self.table_mut() {
            table.fit(height);
            effects.extend(table.ask(height, tickets));
            if has_pane {
                let row = table.current().cloned();
                effects.extend(table.pane.ask(&table.source, row.as_ref(), tickets));
            }
        }
        effects
    }

    /// Takes an answer in, if somebody here waits for it; tells whether somebody did.
    pub(crate) fn answer(&mut self, ticket: Ticket, answer: &Result<Answer, Trouble>, height: u64) -> bool {
        match self {
            Self::Person(person) if person.user.waits_for(ticket) => {
                match answer {
                    Ok(Answer::User(user)) => person.user.settle(Ok((**user).clone())),
                    Ok(_) => {}
                    Err(trouble) => person.user.settle(Err(trouble.clone())),
                }
                true
            }
            Self::Reader(reader) => reader.sheet.answer(ticket, answer),
            Self::Pulses(pulses) => pulses.answer(ticket, answer),
            _ => self.tables_mut().iter_mut().any(|table| table.answer(ticket, answer, height)),
        }
    }

    /// Goes on with what was put off until this ticket's time.
    pub(crate) fn woken(&mut self, ticket: Ticket) {
        if let Self::Pulses(pulses) = self {
            pulses.woken(ticket);
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
            Self::Reader(reader) => reader.sheet.try_again(),
            Self::Pulses(pulses) => pulses.try_again(),
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
            Self::Reader(reader) => reader.sheet.forget(),
            Self::Pulses(pulses) => pulses.try_again(),
            Self::Table(_) | Self::Log(_) => {}
        }
    }

    /// Lets go of what is not needed while nobody looks.
    pub(crate) fn rest(&mut self) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self.tables_mut().iter_mut().flat_map(Table::rest).collect();
        match self {
            Self::Person(person) => effects.extend(person.user.call_off()),
            Self::Reader(reader) => effects.extend(reader.sheet.call_off()),
            Self::Pulses(pulses) => effects.extend(pulses.rest()),
            Self::Table(_) | Self::Log(_) => {}
        }
        effects
    }
}

impl Person {
    pub(crate) fn new(id: UserId) -> Self {
        let sources = [
            Source::Resumes { owner: Some(id), tag: None, deleted: false },
            Source::Sessions(id),
            Source::Audit { actor: None, object: Some(id.to_string()) },
            Source::Audit { actor: Some(id), object: None },
        ];
        Self { id, user: Load::default(), tab: 0, tables: sources.into_iter().map(Table::new).collect() }
    }

    pub(crate) fn user(&self) -> Option<&User> {
        self.user.value().map(|(_, user)| user)
    }

    pub(crate) fn trouble(&self) -> Option<&Trouble> {
        self.user.trouble()
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
