//! The kinds of actions, by the component that carries them out.

use crate::app::location::Location;

/// The component that carries an action out, and what the action is there.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// Opens the screen at a location.
    Go(Location),
    /// Carried out by the screen that is shown.
    Screen(ScreenAction),
    /// Opens a form.
    Write(WriteAction),
    /// Starts a bulk operation on the marked rows, or else on the current row.
    Change(ChangeAction),
    /// Carried out by the application, on any screen.
    App(AppAction),
}

/// An action that a screen carries out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScreenAction {
    Move(Movement),
    /// Goes to the location that the cursor leads to.
    Open,
    Tab(Step),
    Table(TableAction),
    Text(TextAction),
}

/// An action on a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableAction {
    /// Sorts by the next order.
    Sort,
    /// Reverses the order.
    Reverse,
    Mark,
    MarkRange,
    MarkAll,
    TogglePane,
    Compare,
}

/// An action on a text, or on the text in the detail pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextAction {
    Scroll(Step),
    /// Switches between a rendered document and its JSON.
    ToggleRaw,
}

/// A movement of the cursor, or of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Movement {
    Down,
    Up,
    PageDown,
    PageUp,
    First,
    Last,
}

impl Movement {
    /// Returns the number of lines, downwards positive, with pages of this height.
    pub(crate) fn lines(self, height: u64) -> i64 {
        let page = i64::try_from(height).unwrap_or(1).saturating_sub(1).max(1);
        match self {
            Self::Down => 1,
            Self::Up => -1,
            Self::PageDown => page,
            Self::PageUp => -page,
            Self::Last => i64::MAX,
            Self::First => i64::MIN,
        }
    }
}

/// One of two directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Next,
    Previous,
}

/// An action that opens a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteAction {
    New,
    Edit,
    /// Opens the document of a resume in the external editor.
    Document,
    Password,
}

/// An action that starts a bulk operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeAction {
    Delete,
    Restore,
    /// Disables an active person, and enables a disabled one.
    Disable,
    EndSession,
}

/// An action that the application carries out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AppAction {
    Jump,
    Back,
    Forward,
    Filter,
    Columns,
    Reload,
    Revisions,
    Owner,
    Drafts,
    Undo,
    Redo,
    Retry,
    CopyCommand,
    CopyAddress,
    CopyId,
    Palette,
    Help,
    Login,
    ReadOnly,
    Theme,
    Suspend,
    Quit,
}
