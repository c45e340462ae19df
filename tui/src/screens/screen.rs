//! The interface that every screen implements.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use vitae_sdk::{Timestamp, User, UserId};

use crate::app::action::Action;
use crate::app::action_kind::{ScreenAction, Step, TextAction};
use crate::app::effect::Effect;
use crate::app::keymap::Keymap;
use crate::app::location::Location;
use crate::app::notices::Notice;
use crate::client::collection::Collection;
use crate::client::columns::{Column, Field};
use crate::client::error::ConsoleError;
use crate::client::names::Names;
use crate::client::request::Response;
use crate::client::row::Row;
use crate::client::ticket::{Issuer, Part, Ticket};
use crate::screen_reader::Speech;
use crate::screens::selection::Selection;
use crate::terminal::theme::StyleRole;
use crate::widgets::canvas::Canvas;
use crate::widgets::hit_test::Target;
use crate::widgets::layout::{Areas, Frame};
use crate::widgets::table::Table;
use crate::widgets::text_input::TextInput;
use crate::widgets::text_viewer::TextViewer;

/// The contents of the terminal between the bars.
///
/// A screen is plain data. It changes in `update` and when a response arrives, and returns requests as effects.
pub(crate) trait Screen: CloneScreen + fmt::Debug {
    fn title(&self) -> String;

    /// Returns more words for the title line of a screen without a table.
    fn subtitle(&self) -> Option<String> {
        None
    }

    fn location(&self) -> Location;

    /// Returns the `vitae` command that prints the same.
    fn command(&self, me: Option<UserId>) -> Option<String>;

    /// Returns the entry of the menu bar that stands for the screen.
    fn menu_entry(&self) -> Option<Action> {
        None
    }

    /// Returns the parts that the screen has on a terminal of this height.
    fn frame(&self, height: u16) -> Frame;

    /// Requests the data that the screen lacks.
    fn load(&mut self, areas: &Areas, tickets: &mut Issuer<'_>) -> Vec<Effect>;

    /// Takes a response that a part of the screen requested; returns whether the part still waited for it.
    fn response(
        &mut self,
        part: Part,
        ticket: Ticket,
        response: Result<Response, ConsoleError>,
        areas: &Areas,
    ) -> bool;

    /// Continues when a timer of the screen ends.
    fn wake(&mut self, _part: Part, _ticket: Ticket) {}

    /// Returns whether the action means something at the cursor.
    fn offers(&self, action: ScreenAction) -> bool;

    fn update(&mut self, action: ScreenAction, cx: &mut UpdateContext<'_>) -> Outcome;

    /// Returns the location that the cursor leads to.
    fn destination(&self) -> Option<Location> {
        None
    }

    /// Puts the cursor on a pressed target of the screen's own; returns whether it was there already.
    fn press(&mut self, _target: Target, _areas: &Areas) -> bool {
        false
    }

    fn view(&self, cx: &ViewContext<'_>, canvas: &mut Canvas<'_>);

    /// Says the screen to a screen reader.
    fn announce(&self, cx: &ViewContext<'_>, speech: &mut Speech);

    /// Returns the position of the cursor or text, for the status line.
    fn position(&self, cx: &ViewContext<'_>) -> String;

    /// Returns the error that the status line shows.
    fn error(&self) -> Option<&ConsoleError> {
        self.table().and_then(|table| table.error.as_ref())
    }

    /// Returns the object at the cursor, or the object that is read.
    fn selection(&self) -> Selection<'_> {
        Selection::of_row(self.table().and_then(Table::current))
    }

    /// Returns the person whose screen this is, and the person's data if it is loaded.
    fn person(&self) -> Option<(UserId, Option<&User>)> {
        None
    }

    /// Returns the time of the newest data, if a later visit of the location continues from it.
    fn newest_sample(&self) -> Option<Timestamp> {
        None
    }

    /// Returns the table that list actions work on.
    fn table(&self) -> Option<&Table> {
        None
    }

    fn table_mut(&mut self) -> Option<&mut Table> {
        None
    }

    /// Returns every table of the screen, including those of hidden tabs.
    fn tables_mut(&mut self) -> &mut [Table] {
        &mut []
    }

    /// Returns the text that can be scrolled: the screen itself, or the pane of its table.
    fn text_mut(&mut self) -> Option<&mut TextViewer> {
        self.table_mut().map(|table| &mut table.pane.viewer)
    }

    /// Shows a newer version of an object.
    fn patch(&mut self, row: &Row) {
        self.tables_mut().iter_mut().for_each(|table| table.patch(row));
    }

    /// Requests again what has failed.
    fn retry(&mut self) {
        self.tables_mut().iter_mut().for_each(Table::retry);
    }

    /// Reads the shown data again.
    fn reload(&mut self) {
        if let Some(table) = self.table_mut() {
            table.reload();
        }
    }

    /// Cancels requests and drops data that is not needed while the screen is hidden.
    fn hide(&mut self) -> Vec<Effect> {
        self.tables_mut().iter_mut().flat_map(Table::hide).collect()
    }
}

/// Clones a screen behind the trait object.
pub(crate) trait CloneScreen {
    fn boxed_clone(&self) -> Box<dyn Screen>;
}

impl<S: Screen + Clone + 'static> CloneScreen for S {
    fn boxed_clone(&self) -> Box<dyn Screen> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Screen> {
    fn clone(&self) -> Self {
        (**self).boxed_clone()
    }
}

/// The surroundings of a screen while it carries an action out.
pub(crate) struct UpdateContext<'a> {
    pub(crate) areas: Areas,
    pub(crate) tickets: Issuer<'a>,
    /// The number of notices in the log.
    pub(crate) notices: usize,
}

/// The result of an action, to be completed by the application.
pub(crate) enum Outcome {
    Done,
    Go(Location),
    Say(StyleRole, &'static str),
    Send(Vec<Effect>),
}

/// The surroundings of a screen while it is drawn or announced.
pub(crate) struct ViewContext<'a> {
    pub(crate) areas: Areas,
    pub(crate) names: &'a Names,
    pub(crate) columns: &'a BTreeMap<&'static str, Vec<Field>>,
    pub(crate) keymap: &'a Keymap,
    /// The filter while it is typed.
    pub(crate) filter: Option<&'a TextInput>,
    pub(crate) log: &'a VecDeque<Notice>,
}

impl ViewContext<'_> {
    pub(crate) fn columns_of(&self, collection: &Collection) -> Vec<&'static Column> {
        collection.shown_columns(self.columns)
    }
}

/// Scrolls a text by half of its height, or switches it between a rendered document and its JSON.
pub(crate) fn update_text(text: &mut TextViewer, action: TextAction, areas: &Areas) -> Outcome {
    let height = usize::from(areas.text.height);
    let half = i64::try_from(height / 2).unwrap_or(1).max(1);
    match action {
        TextAction::Scroll(Step::Next) => text.scroll_by(half, height),
        TextAction::Scroll(Step::Previous) => text.scroll_by(-half, height),
        TextAction::ToggleRaw => text.toggle_raw(),
    }
    Outcome::Done
}
