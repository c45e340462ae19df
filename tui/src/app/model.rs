//! The state of the console, as plain data.

use vitae_sdk::Timestamp;

use crate::app::appearance::Appearance;
use crate::app::bulk_operation::BulkOperation;
use crate::app::effect::Effect;
use crate::app::form_opening::FormOpening;
use crate::app::history::History;
use crate::app::keymap::Keymap;
use crate::app::navigation::Navigation;
use crate::app::notices::Notices;
use crate::app::session::{Profile, Session};
use crate::client::collection::Collection;
use crate::client::error::ConsoleError;
use crate::client::names::Names;
use crate::client::operation::{Operation, Plan};
use crate::client::row::RowId;
use crate::client::ticket::{FormObject, Pending, Tickets};
use crate::overlays::form::Typed;
use crate::overlays::{LoginForm, Overlay, Overlays};
use crate::screens::screen::{Screen, ViewContext};
use crate::terminal::theme::{Depth, StyleRole, Theme};
use crate::widgets::layout::{self, Areas};
use vitae_sdk_workspace::Draft;

/// The whole state. Only `update` changes it; `view` and `announce` show it.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) session: Session,
    pub(crate) navigation: Navigation,
    pub(crate) overlays: Overlays,
    pub(crate) notices: Notices,
    pub(crate) history: History,
    pub(crate) appearance: Appearance,
    /// The names of people whom lists know by id.
    pub(crate) names: Names,
    /// The texts that were written and not saved.
    pub(crate) drafts: Vec<Draft>,
    /// The change that is under way.
    pub(crate) bulk_operation: Option<BulkOperation>,
    /// The request for the object of a form that opens next.
    pub(crate) form_opening: Option<(Pending<FormObject>, FormOpening)>,
    /// Makes the keys of this console's drafts and undo steps differ from those of others.
    pub(crate) seed: String,
    pub(crate) tickets: Tickets,
    pub(crate) now: Timestamp,
}

impl Model {
    pub(crate) fn new(server: String, profile: Profile, keymap: Keymap, theme: Theme, depth: Depth) -> Self {
        Self {
            session: Session::new(server, profile),
            navigation: Navigation::new(crate::screens::list(Collection::PEOPLE)),
            overlays: Overlays::default(),
            notices: Notices::default(),
            history: History::default(),
            appearance: Appearance::new(keymap, theme, depth),
            names: Names::default(),
            drafts: Vec::new(),
            bulk_operation: None,
            form_opening: None,
            seed: String::new(),
            tickets: Tickets::default(),
            now: Timestamp::from_millis(0),
        }
    }

    pub(crate) fn screen(&self) -> &dyn Screen {
        &*self.navigation.screen
    }

    pub(crate) fn screen_mut(&mut self) -> &mut dyn Screen {
        &mut *self.navigation.screen
    }

    /// Returns the areas of the terminal with the shown screen.
    pub(crate) fn areas(&self) -> Areas {
        let size = self.appearance.size;
        layout::areas(size, self.screen().frame(size.1))
    }

    pub(crate) fn view_context(&self) -> ViewContext<'_> {
        ViewContext {
            areas: self.areas(),
            names: &self.names,
            columns: &self.appearance.columns,
            keymap: &self.appearance.keymap,
            filter: self.navigation.filter.as_ref(),
            log: &self.notices.log,
        }
    }

    /// Opens a screen; the shown one can be gone back to.
    pub(crate) fn open(&mut self, screen: Box<dyn Screen>) -> Vec<Effect> {
        self.session.wants_my_sessions = false;
        self.navigation.open(screen)
    }

    /// Returns whether the text that is typed now is a secret.
    pub(crate) fn types_secret(&self) -> bool {
        match &self.overlays.current {
            Some(Overlay::Login(form)) => form.field == LoginForm::PASSWORD,
            Some(Overlay::Form(form)) => matches!(form.entry().typed, Typed::Hidden(_)),
            Some(
                Overlay::Palette(_)
                | Overlay::Jump(_)
                | Overlay::Help(_)
                | Overlay::Columns(_)
                | Overlay::Confirm(_)
                | Overlay::Drafts(_)
                | Overlay::Discard(_)
                | Overlay::Quit,
            )
            | None => false,
        }
    }

    /// Returns a key for a draft or an undo step that no other has.
    pub(crate) fn new_key(&mut self) -> String {
        format!("console-{}-{}", self.seed, self.tickets.next())
    }

    /// Returns whether a plan deletes or disables the user who is logged in.
    pub(crate) fn ends_own_access(&self, plan: &Plan) -> bool {
        let me = self.session.my_id().map(RowId::User);
        matches!(plan.operation, Operation::Delete | Operation::Disable)
            && plan.items.iter().any(|item| Some(item.id) == me)
    }

    /// Shows a message on the status line, and logs it.
    pub(crate) fn say(&mut self, style: StyleRole, text: impl Into<String>) {
        self.notices.say(self.now, style, text.into());
    }

    /// Shows and logs an error, unless it is the last entry of the log.
    pub(crate) fn say_error(&mut self, error: &ConsoleError) {
        self.notices.error(self.now, error);
    }
}
