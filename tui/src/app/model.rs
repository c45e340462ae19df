//! All that the console knows and shows, as plain data.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use vitae_sdk::{Role, Timestamp, User};

use crate::app::bulk_operation::{Act, BulkOperation, Plan};
use crate::app::effect::{Effect, StoreChange};
use crate::app::keymap::Keymap;
use crate::app::update::{Finding, Opening};
use crate::client::collection::Collection;
use crate::client::columns::{Column, Field};
use crate::client::error::ConsoleError;
use crate::client::names::Names;
use crate::client::request::{Ticket, Tickets};
use crate::client::row::RowId;
use crate::overlays::form::Typed;
use crate::overlays::{LoginForm, Overlay};
use crate::persistence::undo::{Direction, Origin, Step};
use crate::screens::Screen;
use crate::terminal::colour::Colour;
use crate::terminal::theme::{Depth, StyleRole, Theme};
use crate::widgets::text_input::TextInput;
use vitae_sdk_workspace::Draft;

/// Notices that the log keeps.
const LOGGED: usize = 500;
/// Changes that can be taken back.
const UNDOABLE: usize = 50;
/// Screens that can be gone back to.
const REMEMBERED: usize = 30;

/// Everything. Changed by `update` alone, shown by `view` alone.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) server: String,
    pub(crate) profile: Profile,
    pub(crate) me: Option<User>,
    /// The request for who is logged in.
    pub(crate) asked_me: Option<Ticket>,
    pub(crate) link: LinkState,
    pub(crate) screen: Screen,
    pub(crate) back: Vec<Screen>,
    pub(crate) forward: Vec<Screen>,
    pub(crate) overlay: Option<Overlay>,
    /// What a login has come to lie over, the uppermost last.
    pub(crate) below: Vec<Overlay>,
    /// The filter of the list while it is typed.
    pub(crate) filter: Option<TextInput>,
    /// What is being changed at the server.
    pub(crate) work: Option<BulkOperation>,
    /// What takes the last changes back, the last one last.
    pub(crate) undo: Vec<Step>,
    /// What redoes the changes that were undone, the last one last.
    pub(crate) redo: Vec<Step>,
    /// What was written and not saved.
    pub(crate) drafts: Vec<Draft>,
    /// What is read before a form can open.
    pub(crate) opening: Option<(Ticket, Opening)>,
    /// Makes names of this console's drafts and changes differ from those of any other.
    pub(crate) seed: String,
    /// What failed of the last change, and in which direction it was made.
    pub(crate) failed: Option<(Plan, Direction)>,
    /// Whether nothing shall be changed.
    pub(crate) is_read_only: bool,
    /// Whether to go to one's own sessions as soon as it is known whose those are.
    pub(crate) wants_my_sessions: bool,
    /// Looks for the person whose e-mail was typed, and for what.
    pub(crate) finding: Option<(Ticket, Finding)>,
    /// Names of people whom lists know by their ids.
    pub(crate) names: Names,
    /// What the status line says until the next key.
    pub(crate) notice: Option<Notice>,
    pub(crate) log: VecDeque<Notice>,
    pub(crate) keymap: Keymap,
    pub(crate) theme: Theme,
    /// Whether the terminal's background decides the theme.
    pub(crate) follows_background: bool,
    pub(crate) depth: Depth,
    /// The columns of each kind of list, where somebody has chosen.
    pub(crate) columns: BTreeMap<&'static str, Vec<Field>>,
    pub(crate) size: (u16, u16),
    pub(crate) tickets: Tickets,
    pub(crate) now: Timestamp,
}

/// Which login this is, and how careful to be with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Its name in the configuration.
    pub name: String,
    /// Whether acts that destroy want to be confirmed by typing.
    pub is_protected: bool,
    /// Whether nothing is changed until somebody presses the key for it.
    pub is_read_only: bool,
    /// The ground of the bar.
    pub colour: Option<Colour>,
}

/// How the connection to the server fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LinkState {
    /// Nobody is logged in yet.
    Closed,
    Connecting,
    Live,
    /// It was live, and is being made again.
    Lost,
    Failed(ConsoleError),
}

/// Something that was said.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) at: Timestamp,
    pub(crate) style: StyleRole,
    pub(crate) text: String,
    pub(crate) next: Option<String>,
    pub(crate) request_id: Option<String>,
}

impl Model {
    pub(crate) fn new(server: String, profile: Profile, keymap: Keymap, theme: Theme, depth: Depth) -> Self {
        Self {
            server,
            is_read_only: profile.is_read_only,
            profile,
            me: None,
            asked_me: None,
            link: LinkState::Closed,
            screen: Screen::table_of(Collection::PEOPLE),
            back: Vec::new(),
            forward: Vec::new(),
            overlay: None,
            below: Vec::new(),
            filter: None,
            work: None,
            undo: Vec::new(),
            redo: Vec::new(),
            drafts: Vec::new(),
            opening: None,
            seed: String::new(),
            failed: None,
            wants_my_sessions: false,
            finding: None,
            names: Names::default(),
            notice: None,
            log: VecDeque::new(),
            keymap,
            theme,
            follows_background: false,
            depth,
            columns: BTreeMap::new(),
            size: (0, 0),
            tickets: Tickets::default(),
            now: Timestamp::from_millis(0),
        }
    }

    /// Goes to a screen; the one before it can be come back to.
    pub(crate) fn open(&mut self, screen: Screen) -> Vec<Effect> {
        self.filter = None;
        self.wants_my_sessions = false;
        self.forward.clear();
        let mut left = std::mem::replace(&mut self.screen, screen);
        let effects = left.rest();
        self.back.push(left);
        if self.back.len() > REMEMBERED {
            self.back.remove(0);
        }
        effects
    }

    /// Goes back; tells what has to be done for it, or that there is nowhere to go.
    pub(crate) fn go_back(&mut self) -> Option<Vec<Effect>> {
        let before = self.back.pop()?;
        let mut left = std::mem::replace(&mut self.screen, before);
        let effects = left.rest();
        self.forward.push(left);
        Some(effects)
    }

    /// Goes forward again.
    pub(crate) fn go_forward(&mut self) -> Option<Vec<Effect>> {
        let next = self.forward.pop()?;
        let mut left = std::mem::replace(&mut self.screen, next);
        let effects = left.rest();
        self.back.push(left);
        Some(effects)
    }

    /// Every screen that could be shown again.
    pub(crate) fn screens_mut(&mut self) -> impl Iterator<Item = &mut Screen> {
        std::iter::once(&mut self.screen).chain(&mut self.back).chain(&mut self.forward)
    }

    /// The columns of a list that are wanted, in their order.
    pub(crate) fn columns_of(&self, collection: &Collection) -> Vec<&'static Column> {
        let chosen = self.columns.get(collection.kind());
        let is_wanted =
            |column: &&Column| chosen.map_or(column.is_usual(), |chosen| chosen.contains(&column.field));
        collection.columns().iter().filter(is_wanted).collect()
    }

    /// Whether what is typed now is nobody's business.
    pub(crate) fn types_secret(&self) -> bool {
        match &self.overlay {
            Some(Overlay::Login(form)) => form.field == LoginForm::PASSWORD,
            Some(Overlay::Form(form)) => matches!(form.entry().typed, Typed::Hidden(_)),
            _ => false,
        }
    }

    /// A name for a draft or a change that no other has.
    pub(crate) fn new_key(&mut self) -> String {
        format!("console-{}-{}", self.seed, self.tickets.next())
    }

    /// Enters a change that was made into the history.
    pub(crate) fn record(&mut self, direction: Direction, step: Step) -> Vec<Effect> {
        match direction {
            Direction::New => {
                self.redo.clear();
                self.remember(step)
            }
            Direction::Redo => self.remember(step),
            Direction::Undo => {
                self.redo.push(step);
                Vec::new()
            }
        }
    }

    /// Notes that a step of the history, made at version `at` of an object, was carried out as version `now`.
    ///
    /// The steps that stand before it in the history follow: the object is again as they left it.
    pub(crate) fn replayed(&mut self, object: RowId, at: u64, now: u64) -> Vec<Effect> {
        let Some(before) = at.checked_sub(1) else { return Vec::new() };
        for step in &mut self.redo {
            step.go_on_from(object, (before, now));
        }
        let mut effects = Vec::new();
        for step in &mut self.undo {
            if step.go_on_from(object, (before, now)) {
                effects.push(Effect::Store(StoreChange::Step(Box::new(step.clone()))));
            }
        }
        effects
    }

    /// Takes a step that was carried out, or cannot be any more, out of the history.
    pub(crate) fn forget_step(&mut self, origin: &Origin) -> Vec<Effect> {
        let Some(step) = &origin.step else { return Vec::new() };
        self.redo.retain(|known| known.key != step.key);
        self.undo.retain(|known| known.key != step.key);
        match origin.direction {
            Direction::Undo => vec![Effect::Store(StoreChange::DropStep(step.key.clone()))],
            // What can be redone is not on disk.
            Direction::New | Direction::Redo => Vec::new(),
        }
    }

    /// Keeps a change that can be taken back; of many, the last ones.
    fn remember(&mut self, step: Step) -> Vec<Effect> {
        let mut effects = vec![Effect::Store(StoreChange::Step(Box::new(step.clone())))];
        // It may have been recalled from disk while it was being made.
        self.undo.retain(|known| known.key != step.key);
        self.undo.push(step);
        if self.undo.len() > UNDOABLE {
            effects.push(Effect::Store(StoreChange::DropStep(self.undo.remove(0).key)));
        }
        effects
    }

    /// Whether the plan deletes or disables the person who is logged in.
    pub(crate) fn ends_own_access(&self, plan: &Plan) -> bool {
        let me = self.me.as_ref().map(|me| RowId::User(me.id));
        matches!(plan.act, Act::Delete | Act::Disable) && plan.items.iter().any(|item| Some(item.id) == me)
    }

    pub(crate) fn role(&self) -> Option<&Role> {
        self.me.as_ref().map(|me| &me.role)
    }

    /// Says something on the status line, and keeps it in the log.
    pub(crate) fn say(&mut self, style: StyleRole, text: impl Into<String>) {
        self.note(Notice { at: self.now, style, text: text.into(), next: None, request_id: None });
    }

    /// Warns of something, unless that was said last.
    pub(crate) fn warn_once(&mut self, text: &str) {
        if self.log.back().is_none_or(|last| last.text != text) {
            self.say(StyleRole::Warn, text);
        }
    }

    /// Says what went wrong, unless it was said last.
    pub(crate) fn complain(&mut self, error: &ConsoleError) {
        let text = error.sentence();
        if self.log.back().is_some_and(|last| last.text == text) {
            return;
        }
        let ConsoleError { next, request_id, .. } = error.clone();
        self.note(Notice { at: self.now, style: StyleRole::Bad, text, next, request_id });
    }

    fn note(&mut self, notice: Notice) {
        self.notice = Some(notice.clone());
        self.log.push_back(notice);
        if self.log.len() > LOGGED {
            self.log.pop_front();
        }
    }
}
