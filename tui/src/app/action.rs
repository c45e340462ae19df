//! Everything that can be done: one table for keys, palette, help, hints and the mouse.

use serde::{Deserialize, Serialize};

use crate::app::location::Location;
use crate::client::collection::Collection;

/// Something that a person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Action {
    People,
    Resumes,
    Audit,
    DeletedPeople,
    DeletedResumes,
    MySessions,
    #[serde(alias = "Pulses")]
    Health,
    Log,
    Jump,
    Back,
    Forward,
    Down,
    Up,
    PageDown,
    PageUp,
    First,
    Last,
    Open,
    NextTab,
    PreviousTab,
    Filter,
    Sort,
    Reverse,
    Columns,
    Mark,
    MarkRange,
    MarkAll,
    Reload,
    Pane,
    PaneDown,
    PaneUp,
    Form,
    Revisions,
    Compare,
    Owner,
    New,
    Edit,
    EditDocument,
    Password,
    Drafts,
    Delete,
    Restore,
    Disable,
    EndSession,
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

/// Where an action stands in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Go,
    Move,
    List,
    Object,
    Change,
    Console,
}

impl Group {
    pub(crate) const ALL: &[(Self, &str)] = &[
        (Self::Go, "Go to"),
        (Self::Move, "Move"),
        (Self::List, "The list"),
        (Self::Object, "The selected object"),
        (Self::Change, "Change the marked rows, or the selected one"),
        (Self::Console, "The console"),
    ];
}

/// The component that carries an action out, and what the action is there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Command {
    /// Opens the screen at a location.
    Go(fn() -> Location),
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
    /// Sorts by the next order.
    Sort,
    /// Reverses the order.
    Reverse,
    Mark,
    MarkRange,
    MarkAll,
    TogglePane,
    ScrollText(Step),
    /// Switches between a rendered document and its JSON.
    ToggleRaw,
    Compare,
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

const fn go(location: fn() -> Location) -> Command {
    Command::Go(location)
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) action: Action,
    pub(crate) group: Group,
    pub(crate) command: Command,
    /// What it is called in the configuration.
    pub(crate) name: &'static str,
    /// What it does, as the palette and the help say it.
    pub(crate) words: &'static str,
    /// One or two words for a hint.
    pub(crate) hint: &'static str,
    /// Its keys, unless the configuration has others.
    pub(crate) keys: &'static [&'static str],
}

const fn entry(
    group: Group,
    action: Action,
    command: Command,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    words: &'static str,
) -> Entry {
    Entry { action, group, command, name, words, hint, keys }
}

/// Every action, in the order of the help.
pub(crate) const ACTIONS: &[Entry] = &[
    entry(
        Group::Go,
        Action::People,
        go(|| Location::list(Collection::PEOPLE)),
        "people",
        &["1"],
        "people",
        "People of the organisation",
    ),
    entry(
        Group::Go,
        Action::Resumes,
        go(|| Location::list(Collection::RESUMES)),
        "resumes",
        &["2"],
        "resumes",
        "All resumes",
    ),
    entry(
        Group::Go,
        Action::Audit,
        go(|| Location::list(Collection::AUDIT)),
        "audit",
        &["3"],
        "audit",
        "Audit record: who changed what",
    ),
    entry(
        Group::Go,
        Action::DeletedPeople,
        go(|| Location::list(Collection::DELETED_PEOPLE)),
        "deleted-people",
        &["4"],
        "trash",
        "Deleted people",
    ),
    entry(
        Group::Go,
        Action::DeletedResumes,
        go(|| Location::list(Collection::DELETED_RESUMES)),
        "deleted-resumes",
        &["5"],
        "trash",
        "Deleted resumes",
    ),
    entry(
        Group::Go,
        Action::MySessions,
        go(|| Location::MySessions),
        "my-sessions",
        &["6"],
        "sessions",
        "Your own sessions",
    ),
    entry(
        Group::Go,
        Action::Health,
        go(|| Location::Health),
        "health",
        &["7"],
        "health",
        "Server health: requests, errors, latency",
    ),
    entry(
        Group::Go,
        Action::Log,
        go(|| Location::Log),
        "log",
        &["!"],
        "log",
        "Messages of this console, with request ids",
    ),
    entry(
        Group::Go,
        Action::Jump,
        Command::App(AppAction::Jump),
        "jump",
        &[":"],
        "go",
        "Go to a screen, object or row by typing",
    ),
    entry(
        Group::Go,
        Action::Back,
        Command::App(AppAction::Back),
        "back",
        &["esc", "["],
        "back",
        "Back to the previous screen",
    ),
    entry(
        Group::Go,
        Action::Forward,
        Command::App(AppAction::Forward),
        "forward",
        &["]"],
        "forward",
        "Forward to the next screen",
    ),
    entry(
        Group::Move,
        Action::Down,
        Command::Screen(ScreenAction::Move(Movement::Down)),
        "down",
        &["j", "down"],
        "down",
        "One line down",
    ),
    entry(
        Group::Move,
        Action::Up,
        Command::Screen(ScreenAction::Move(Movement::Up)),
        "up",
        &["k", "up"],
        "up",
        "One line up",
    ),
    entry(
        Group::Move,
        Action::PageDown,
        Command::Screen(ScreenAction::Move(Movement::PageDown)),
        "page-down",
        &["pagedown", "ctrl-f"],
        "page",
        "One page down",
    ),
    entry(
        Group::Move,
        Action::PageUp,
        Command::Screen(ScreenAction::Move(Movement::PageUp)),
        "page-up",
        &["pageup", "ctrl-b"],
        "page",
        "One page up",
    ),
    entry(
        Group::Move,
        Action::First,
        Command::Screen(ScreenAction::Move(Movement::First)),
        "first",
        &["g", "home"],
        "first",
        "Go to the first line",
    ),
    entry(
        Group::Move,
        Action::Last,
        Command::Screen(ScreenAction::Move(Movement::Last)),
        "last",
        &["G", "end"],
        "last",
        "Go to the last line",
    ),
    entry(
        Group::Move,
        Action::Open,
        Command::Screen(ScreenAction::Open),
        "open",
        &["enter", "l"],
        "open",
        "Open the selected row",
    ),
    entry(
        Group::Move,
        Action::NextTab,
        Command::Screen(ScreenAction::Tab(Step::Next)),
        "next-tab",
        &["tab"],
        "next tab",
        "Next tab",
    ),
    entry(
        Group::Move,
        Action::PreviousTab,
        Command::Screen(ScreenAction::Tab(Step::Previous)),
        "previous-tab",
        &["backtab"],
        "tab",
        "Previous tab",
    ),
    entry(
        Group::List,
        Action::Filter,
        Command::App(AppAction::Filter),
        "filter",
        &["/"],
        "filter",
        "Filter the list on the server, as you type",
    ),
    entry(
        Group::List,
        Action::Sort,
        Command::Screen(ScreenAction::Sort),
        "sort",
        &["s"],
        "sort",
        "Sort by the next column",
    ),
    entry(
        Group::List,
        Action::Reverse,
        Command::Screen(ScreenAction::Reverse),
        "reverse",
        &["S"],
        "reverse",
        "Reverse the sort order",
    ),
    entry(
        Group::List,
        Action::Columns,
        Command::App(AppAction::Columns),
        "columns",
        &["c"],
        "columns",
        "Choose columns",
    ),
    entry(
        Group::List,
        Action::Mark,
        Command::Screen(ScreenAction::Mark),
        "mark",
        &["space"],
        "mark",
        "Mark or unmark the row",
    ),
    entry(
        Group::List,
        Action::MarkRange,
        Command::Screen(ScreenAction::MarkRange),
        "mark-range",
        &["v"],
        "range",
        "Mark a range: press at both ends",
    ),
    entry(
        Group::List,
        Action::MarkAll,
        Command::Screen(ScreenAction::MarkAll),
        "mark-all",
        &["A"],
        "all",
        "Mark all rows of the list, or unmark all",
    ),
    entry(
        Group::List,
        Action::Reload,
        Command::App(AppAction::Reload),
        "reload",
        &["r"],
        "reload",
        "Reload from the server",
    ),
    entry(
        Group::Object,
        Action::Pane,
        Command::Screen(ScreenAction::TogglePane),
        "pane",
        &["p"],
        "pane",
        "Show or hide the detail pane",
    ),
    entry(
        Group::Object,
        Action::PaneDown,
        Command::Screen(ScreenAction::ScrollText(Step::Next)),
        "pane-down",
        &["J", "alt-down"],
        "scroll",
        "Scroll the detail pane down",
    ),
    entry(
        Group::Object,
        Action::PaneUp,
        Command::Screen(ScreenAction::ScrollText(Step::Previous)),
        "pane-up",
        &["K", "alt-up"],
        "scroll",
        "Scroll the detail pane up",
    ),
    entry(
        Group::Object,
        Action::Form,
        Command::Screen(ScreenAction::ToggleRaw),
        "raw",
        &["t"],
        "raw",
        "Switch a resume between JSON and formatted text",
    ),
    entry(
        Group::Object,
        Action::Revisions,
        Command::App(AppAction::Revisions),
        "revisions",
        &["h"],
        "history",
        "Revisions of a resume",
    ),
    entry(
        Group::Object,
        Action::Compare,
        Command::Screen(ScreenAction::Compare),
        "compare",
        &["="],
        "compare",
        "Compare two marked revisions, or one with its predecessor",
    ),
    entry(
        Group::Object,
        Action::Owner,
        Command::App(AppAction::Owner),
        "owner",
        &["o"],
        "owner",
        "Open the owner, author or actor",
    ),
    entry(
        Group::Object,
        Action::CopyCommand,
        Command::App(AppAction::CopyCommand),
        "copy-command",
        &["y"],
        "copy",
        "Copy the equivalent `vitae` command",
    ),
    entry(
        Group::Object,
        Action::CopyAddress,
        Command::App(AppAction::CopyAddress),
        "copy-address",
        &["Y"],
        "address",
        "Copy the address of this screen",
    ),
    entry(
        Group::Object,
        Action::CopyId,
        Command::App(AppAction::CopyId),
        "copy-id",
        &["i"],
        "id",
        "Copy the id of the selected row",
    ),
    entry(
        Group::Change,
        Action::New,
        Command::Write(WriteAction::New),
        "new",
        &["n"],
        "new",
        "Create a person or a resume",
    ),
    entry(
        Group::Change,
        Action::Edit,
        Command::Write(WriteAction::Edit),
        "edit",
        &["e"],
        "edit",
        "Edit a person (name, e-mail, role) or a resume in a form",
    ),
    entry(
        Group::Change,
        Action::EditDocument,
        Command::Write(WriteAction::Document),
        "edit-document",
        &["E"],
        "editor",
        "Edit a resume's document in your own editor",
    ),
    entry(
        Group::Change,
        Action::Password,
        Command::Write(WriteAction::Password),
        "password",
        &["P"],
        "password",
        "Set a person's password, or your own",
    ),
    entry(
        Group::Change,
        Action::Drafts,
        Command::App(AppAction::Drafts),
        "drafts",
        &["w"],
        "drafts",
        "Unsaved drafts",
    ),
    entry(
        Group::Change,
        Action::Delete,
        Command::Change(ChangeAction::Delete),
        "delete",
        &["d"],
        "delete",
        "Delete (can be undone)",
    ),
    entry(
        Group::Change,
        Action::Restore,
        Command::Change(ChangeAction::Restore),
        "restore",
        &["R"],
        "restore",
        "Restore deleted people or resumes",
    ),
    entry(
        Group::Change,
        Action::Disable,
        Command::Change(ChangeAction::Disable),
        "disable",
        &["D"],
        "disable",
        "Disable or enable a person's login",
    ),
    entry(
        Group::Change,
        Action::EndSession,
        Command::Change(ChangeAction::EndSession),
        "end-session",
        &["x"],
        "log out",
        "End one of your sessions, or all of another person's",
    ),
    entry(
        Group::Change,
        Action::Undo,
        Command::App(AppAction::Undo),
        "undo",
        &["u"],
        "undo",
        "Undo the last change, also after a restart; repeat for earlier ones",
    ),
    entry(
        Group::Change,
        Action::Redo,
        Command::App(AppAction::Redo),
        "redo",
        &["U"],
        "redo",
        "Redo the last undone change",
    ),
    entry(
        Group::Change,
        Action::Retry,
        Command::App(AppAction::Retry),
        "retry",
        &["."],
        "retry",
        "Retry the failed part of the last change",
    ),
    entry(
        Group::Console,
        Action::Palette,
        Command::App(AppAction::Palette),
        "palette",
        &["ctrl-p"],
        "actions",
        "Find an action by typing",
    ),
    entry(
        Group::Console,
        Action::Help,
        Command::App(AppAction::Help),
        "help",
        &["?", "f1"],
        "help",
        "Show the keys and actions",
    ),
    entry(
        Group::Console,
        Action::Login,
        Command::App(AppAction::Login),
        "login",
        &["L"],
        "log in",
        "Log in, or switch to another account",
    ),
    entry(
        Group::Console,
        Action::ReadOnly,
        Command::App(AppAction::ReadOnly),
        "read-only",
        &["ctrl-r"],
        "read-only",
        "Switch read-only mode on or off",
    ),
    entry(
        Group::Console,
        Action::Theme,
        Command::App(AppAction::Theme),
        "theme",
        &["T"],
        "theme",
        "Switch to the next colour theme",
    ),
    entry(
        Group::Console,
        Action::Suspend,
        Command::App(AppAction::Suspend),
        "suspend",
        &["ctrl-z"],
        "suspend",
        "Suspend; `fg` in the shell continues",
    ),
    entry(
        Group::Console,
        Action::Quit,
        Command::App(AppAction::Quit),
        "quit",
        &["q", "ctrl-c"],
        "quit",
        "Quit the console",
    ),
];

/// Names that actions had in earlier versions, with those of today.
pub(crate) const FORMER_NAMES: &[(&str, &str)] = &[("pulses", "health")];

/// Returns the name that an action has today; names of no action stay as they are.
pub(crate) fn current_name(name: &str) -> &str {
    FORMER_NAMES.iter().find(|(former, _)| *former == name).map_or(name, |(_, current)| current)
}

impl Action {
    pub(crate) fn entry(self) -> &'static Entry {
        let found = ACTIONS.iter().find(|entry| entry.action == self);
        found.expect("a test walks all actions and finds each in the table")
    }
}

/// Words that nobody may read: what is typed, and where its letters stand in `text`, best first.
///
/// Letters must come in order; those at beginnings of words and in a row count more.
pub(crate) fn likeness(typed: &str, text: &str) -> Option<u32> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut score, mut at, mut last) = (0, 0, None);
    for wanted in typed.to_lowercase().chars().filter(|c| !c.is_whitespace()) {
        let found = at + text.get(at..)?.iter().position(|c| *c == wanted)?;
        let begins = found == 0 || !text[found - 1].is_alphanumeric();
        let follows = last.is_some_and(|last| last + 1 == found);
        score += 1 + if begins { 6 } else { 0 } + if follows { 4 } else { 0 };
        (last, at) = (Some(found), found + 1);
    }
    Some(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_at_word_starts_score_higher() {
        let score = |text| likeness("re", text);
        assert!(score("Revisions of a resume") > score("Your own sessions here"));
        assert_eq!(likeness("xyz", "The revisions"), None);
        assert_eq!(likeness("", "anything"), Some(0));
    }
}
