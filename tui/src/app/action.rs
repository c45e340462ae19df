//! Everything that can be done: one table for keys, palette, help, hints and the mouse.

use serde::{Deserialize, Serialize};

use crate::app::action_kind::{
    AppAction, ChangeAction, Command, Movement, ScreenAction, Step, TableAction, TextAction, WriteAction,
};
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
    Organisation,
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

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) action: Action,
    pub(crate) group: Group,
    /// The name in the configuration.
    pub(crate) name: &'static str,
    /// The effect, as the palette and the help describe it.
    pub(crate) words: &'static str,
    /// One or two words for a hint.
    pub(crate) hint: &'static str,
    /// Its keys, unless the configuration has others.
    pub(crate) keys: &'static [&'static str],
}

const fn entry(
    group: Group,
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    words: &'static str,
) -> Entry {
    Entry { action, group, name, words, hint, keys }
}

/// Every action, in the order of the help.
pub(crate) const ACTIONS: &[Entry] = &[
    entry(Group::Go, Action::People, "people", &["1"], "people", "People of the organisation"),
    entry(Group::Go, Action::Resumes, "resumes", &["2"], "resumes", "All resumes"),
    entry(Group::Go, Action::Audit, "audit", &["3"], "audit", "Audit record: who changed what"),
    entry(Group::Go, Action::DeletedPeople, "deleted-people", &["4"], "trash", "Deleted people"),
    entry(Group::Go, Action::DeletedResumes, "deleted-resumes", &["5"], "trash", "Deleted resumes"),
    entry(Group::Go, Action::MySessions, "my-sessions", &["6"], "sessions", "Your own sessions"),
    entry(Group::Go, Action::Health, "health", &["7"], "health", "Server health: requests, errors, latency"),
    entry(
        Group::Go,
        Action::Organisation,
        "organisation",
        &["8"],
        "organisation",
        "Figures about the organisation, by role, tag and month",
    ),
    entry(Group::Go, Action::Log, "log", &["!"], "log", "Messages of this console, with request ids"),
    entry(Group::Go, Action::Jump, "jump", &[":"], "go", "Go to a screen, object or row by typing"),
    entry(Group::Go, Action::Back, "back", &["esc", "["], "back", "Back to the previous screen"),
    entry(Group::Go, Action::Forward, "forward", &["]"], "forward", "Forward to the next screen"),
    entry(Group::Move, Action::Down, "down", &["j", "down"], "down", "One line down"),
    entry(Group::Move, Action::Up, "up", &["k", "up"], "up", "One line up"),
    entry(Group::Move, Action::PageDown, "page-down", &["pagedown", "ctrl-f"], "page", "One page down"),
    entry(Group::Move, Action::PageUp, "page-up", &["pageup", "ctrl-b"], "page", "One page up"),
    entry(Group::Move, Action::First, "first", &["g", "home"], "first", "Go to the first line"),
    entry(Group::Move, Action::Last, "last", &["G", "end"], "last", "Go to the last line"),
    entry(Group::Move, Action::Open, "open", &["enter", "l"], "open", "Open the selected row"),
    entry(Group::Move, Action::NextTab, "next-tab", &["tab"], "next tab", "Next tab"),
    entry(Group::Move, Action::PreviousTab, "previous-tab", &["backtab"], "tab", "Previous tab"),
    entry(
        Group::List,
        Action::Filter,
        "filter",
        &["/"],
        "filter",
        "Filter the list on the server, as you type",
    ),
    entry(Group::List, Action::Sort, "sort", &["s"], "sort", "Sort by the next column"),
    entry(Group::List, Action::Reverse, "reverse", &["S"], "reverse", "Reverse the sort order"),
    entry(Group::List, Action::Columns, "columns", &["c"], "columns", "Choose columns"),
    entry(Group::List, Action::Mark, "mark", &["space"], "mark", "Mark or unmark the row"),
    entry(Group::List, Action::MarkRange, "mark-range", &["v"], "range", "Mark a range: press at both ends"),
    entry(
        Group::List,
        Action::MarkAll,
        "mark-all",
        &["A"],
        "all",
        "Mark all rows of the list, or unmark all",
    ),
    entry(Group::List, Action::Reload, "reload", &["r"], "reload", "Reload from the server"),
    entry(Group::Object, Action::Pane, "pane", &["p"], "pane", "Show or hide the detail pane"),
    entry(
        Group::Object,
        Action::PaneDown,
        "pane-down",
        &["J", "alt-down"],
        "scroll",
        "Scroll the detail pane down",
    ),
    entry(Group::Object, Action::PaneUp, "pane-up", &["K", "alt-up"], "scroll", "Scroll the detail pane up"),
    entry(
        Group::Object,
        Action::Form,
        "raw",
        &["t"],
        "raw",
        "Switch a resume between JSON and formatted text",
    ),
    entry(Group::Object, Action::Revisions, "revisions", &["h"], "history", "Revisions of a resume"),
    entry(
        Group::Object,
        Action::Compare,
        "compare",
        &["="],
        "compare",
        "Compare two marked revisions, or one with its predecessor",
    ),
    entry(Group::Object, Action::Owner, "owner", &["o"], "owner", "Open the owner, author or actor"),
    entry(
        Group::Object,
        Action::CopyCommand,
        "copy-command",
        &["y"],
        "copy",
        "Copy the equivalent `vitae` command",
    ),
    entry(
        Group::Object,
        Action::CopyAddress,
        "copy-address",
        &["Y"],
        "address",
        "Copy the address of this screen",
    ),
    entry(Group::Object, Action::CopyId, "copy-id", &["i"], "id", "Copy the id of the selected row"),
    entry(Group::Change, Action::New, "new", &["n"], "new", "Create a person or a resume"),
    entry(
        Group::Change,
        Action::Edit,
        "edit",
        &["e"],
        "edit",
        "Edit a person (name, e-mail, role) or a resume in a form",
    ),
    entry(
        Group::Change,
        Action::EditDocument,
        "edit-document",
        &["E"],
        "editor",
        "Edit a resume's document in your own editor",
    ),
    entry(
        Group::Change,
        Action::Password,
        "password",
        &["P"],
        "password",
        "Set a person's password, or your own",
    ),
    entry(Group::Change, Action::Drafts, "drafts", &["w"], "drafts", "Unsaved drafts"),
    entry(Group::Change, Action::Delete, "delete", &["d"], "delete", "Delete (can be undone)"),
    entry(Group::Change, Action::Restore, "restore", &["R"], "restore", "Restore deleted people or resumes"),
    entry(Group::Change, Action::Disable, "disable", &["D"], "disable", "Disable or enable a person's login"),
    entry(
        Group::Change,
        Action::EndSession,
        "end-session",
        &["x"],
        "log out",
        "End one of your sessions, or all of another person's",
    ),
    entry(
        Group::Change,
        Action::Undo,
        "undo",
        &["u"],
        "undo",
        "Undo the last change, also after a restart; repeat for earlier ones",
    ),
    entry(Group::Change, Action::Redo, "redo", &["U"], "redo", "Redo the last undone change"),
    entry(Group::Change, Action::Retry, "retry", &["."], "retry", "Retry the failed part of the last change"),
    entry(Group::Console, Action::Palette, "palette", &["ctrl-p"], "actions", "Find an action by typing"),
    entry(Group::Console, Action::Help, "help", &["?", "f1"], "help", "Show the keys and actions"),
    entry(Group::Console, Action::Login, "login", &["L"], "log in", "Log in, or switch to another account"),
    entry(
        Group::Console,
        Action::ReadOnly,
        "read-only",
        &["ctrl-r"],
        "read-only",
        "Switch read-only mode on or off",
    ),
    entry(Group::Console, Action::Theme, "theme", &["T"], "theme", "Switch to the next colour theme"),
    entry(
        Group::Console,
        Action::Suspend,
        "suspend",
        &["ctrl-z"],
        "suspend",
        "Suspend; `fg` in the shell continues",
    ),
    entry(Group::Console, Action::Quit, "quit", &["q", "ctrl-c"], "quit", "Quit the console"),
];

/// Other names of actions in the configuration: short ones, and those of earlier versions.
pub(crate) const ALIASES: &[(&str, &str)] = &[("pulses", "health"), ("org", "organisation")];

/// Returns the name that an action has today; names of no action stay as they are.
pub(crate) fn current_name(name: &str) -> &str {
    ALIASES.iter().find(|(former, _)| *former == name).map_or(name, |(_, current)| current)
}

impl Action {
    /// Returns the component that carries the action out, and what the action is there.
    pub(crate) fn command(self) -> Command {
        match self {
            Self::People => Command::Go(Location::list(Collection::PEOPLE)),
            Self::Resumes => Command::Go(Location::list(Collection::RESUMES)),
            Self::Audit => Command::Go(Location::list(Collection::AUDIT)),
            Self::DeletedPeople => Command::Go(Location::list(Collection::DELETED_PEOPLE)),
            Self::DeletedResumes => Command::Go(Location::list(Collection::DELETED_RESUMES)),
            Self::MySessions => Command::Go(Location::MySessions),
            Self::Health => Command::Go(Location::Health),
            Self::Organisation => Command::Go(Location::Organisation),
            Self::Log => Command::Go(Location::Log),
            Self::Jump => Command::App(AppAction::Jump),
            Self::Back => Command::App(AppAction::Back),
            Self::Forward => Command::App(AppAction::Forward),
            Self::Down => Command::Screen(ScreenAction::Move(Movement::Down)),
            Self::Up => Command::Screen(ScreenAction::Move(Movement::Up)),
            Self::PageDown => Command::Screen(ScreenAction::Move(Movement::PageDown)),
            Self::PageUp => Command::Screen(ScreenAction::Move(Movement::PageUp)),
            Self::First => Command::Screen(ScreenAction::Move(Movement::First)),
            Self::Last => Command::Screen(ScreenAction::Move(Movement::Last)),
            Self::Open => Command::Screen(ScreenAction::Open),
            Self::NextTab => Command::Screen(ScreenAction::Tab(Step::Next)),
            Self::PreviousTab => Command::Screen(ScreenAction::Tab(Step::Previous)),
            Self::Filter => Command::App(AppAction::Filter),
            Self::Sort => Command::Screen(ScreenAction::Table(TableAction::Sort)),
            Self::Reverse => Command::Screen(ScreenAction::Table(TableAction::Reverse)),
            Self::Columns => Command::App(AppAction::Columns),
            Self::Mark => Command::Screen(ScreenAction::Table(TableAction::Mark)),
            Self::MarkRange => Command::Screen(ScreenAction::Table(TableAction::MarkRange)),
            Self::MarkAll => Command::Screen(ScreenAction::Table(TableAction::MarkAll)),
            Self::Reload => Command::App(AppAction::Reload),
            Self::Pane => Command::Screen(ScreenAction::Table(TableAction::TogglePane)),
            Self::PaneDown => Command::Screen(ScreenAction::Text(TextAction::Scroll(Step::Next))),
            Self::PaneUp => Command::Screen(ScreenAction::Text(TextAction::Scroll(Step::Previous))),
            Self::Form => Command::Screen(ScreenAction::Text(TextAction::ToggleRaw)),
            Self::Revisions => Command::App(AppAction::Revisions),
            Self::Compare => Command::Screen(ScreenAction::Table(TableAction::Compare)),
            Self::Owner => Command::App(AppAction::Owner),
            Self::CopyCommand => Command::App(AppAction::CopyCommand),
            Self::CopyAddress => Command::App(AppAction::CopyAddress),
            Self::CopyId => Command::App(AppAction::CopyId),
            Self::New => Command::Write(WriteAction::New),
            Self::Edit => Command::Write(WriteAction::Edit),
            Self::EditDocument => Command::Write(WriteAction::Document),
            Self::Password => Command::Write(WriteAction::Password),
            Self::Drafts => Command::App(AppAction::Drafts),
            Self::Delete => Command::Change(ChangeAction::Delete),
            Self::Restore => Command::Change(ChangeAction::Restore),
            Self::Disable => Command::Change(ChangeAction::Disable),
            Self::EndSession => Command::Change(ChangeAction::EndSession),
            Self::Undo => Command::App(AppAction::Undo),
            Self::Redo => Command::App(AppAction::Redo),
            Self::Retry => Command::App(AppAction::Retry),
            Self::Palette => Command::App(AppAction::Palette),
            Self::Help => Command::App(AppAction::Help),
            Self::Login => Command::App(AppAction::Login),
            Self::ReadOnly => Command::App(AppAction::ReadOnly),
            Self::Theme => Command::App(AppAction::Theme),
            Self::Suspend => Command::App(AppAction::Suspend),
            Self::Quit => Command::App(AppAction::Quit),
        }
    }

    pub(crate) fn entry(self) -> &'static Entry {
        let found = ACTIONS.iter().find(|entry| entry.action == self);
        found.expect("a test walks all actions and finds each in the table")
    }
}
