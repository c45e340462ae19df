//! Everything that can be done: one table for keys, palette, help, hints and the mouse.

use serde::{Deserialize, Serialize};

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
        (Self::Object, "What is under the cursor"),
        (Self::Change, "Change what is marked, or under the cursor"),
        (Self::Console, "The console"),
    ];
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) action: Action,
    pub(crate) group: Group,
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
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    words: &'static str,
) -> Entry {
    Entry { action, group, name, words, hint, keys }
}

/// Every action, in the order of the help.
pub(crate) const ACTIONS: &[Entry] = &[
    entry(Group::Go, Action::People, "people", &["1"], "people", "The people of the organisation"),
    entry(Group::Go, Action::Resumes, "resumes", &["2"], "resumes", "All resumes"),
    entry(Group::Go, Action::Audit, "audit", &["3"], "audit", "The record of who did what"),
    entry(Group::Go, Action::DeletedPeople, "deleted-people", &["4"], "trash", "People who were deleted"),
    entry(Group::Go, Action::DeletedResumes, "deleted-resumes", &["5"], "trash", "Resumes that were deleted"),
    entry(Group::Go, Action::MySessions, "my-sessions", &["6"], "sessions", "Your own sessions"),
    entry(Group::Go, Action::Health, "health", &["7"], "health", "Server health: requests, errors, latency"),
    entry(Group::Go, Action::Log, "log", &["!"], "log", "Every notice of this console, with its request id"),
    entry(Group::Go, Action::Jump, "jump", &[":"], "go", "Go anywhere by typing where"),
    entry(Group::Go, Action::Back, "back", &["esc", "["], "back", "Back: to the screen before this one"),
    entry(Group::Go, Action::Forward, "forward", &["]"], "forward", "Forward again"),
    entry(Group::Move, Action::Down, "down", &["j", "down"], "down", "One line down"),
    entry(Group::Move, Action::Up, "up", &["k", "up"], "up", "One line up"),
    entry(Group::Move, Action::PageDown, "page-down", &["pagedown", "ctrl-f"], "page", "One page down"),
    entry(Group::Move, Action::PageUp, "page-up", &["pageup", "ctrl-b"], "page", "One page up"),
    entry(Group::Move, Action::First, "first", &["g", "home"], "first", "To the first line"),
    entry(Group::Move, Action::Last, "last", &["G", "end"], "last", "To the last line"),
    entry(Group::Move, Action::Open, "open", &["enter", "l"], "open", "Open what is under the cursor"),
    entry(Group::Move, Action::NextTab, "next-tab", &["tab"], "next tab", "The next tab"),
    entry(Group::Move, Action::PreviousTab, "previous-tab", &["backtab"], "tab", "The tab before"),
    entry(Group::List, Action::Filter, "filter", &["/"], "filter", "Filter at the server, as you type"),
    entry(Group::List, Action::Sort, "sort", &["s"], "sort", "Sort by the next order"),
    entry(Group::List, Action::Reverse, "reverse", &["S"], "reverse", "Sort the other way round"),
    entry(Group::List, Action::Columns, "columns", &["c"], "columns", "Choose the columns"),
    entry(Group::List, Action::Mark, "mark", &["space"], "mark", "Mark the row, or take its mark away"),
    entry(
        Group::List,
        Action::MarkRange,
        "mark-range",
        &["v"],
        "range",
        "Mark from here to where it is pressed again",
    ),
    entry(
        Group::List,
        Action::MarkAll,
        "mark-all",
        &["A"],
        "all",
        "Mark everything that the list holds, or take all marks away",
    ),
    entry(Group::List, Action::Reload, "reload", &["r"], "reload", "Read again from the server"),
    entry(Group::Object, Action::Pane, "pane", &["p"], "pane", "Show or hide the pane beside the list"),
    entry(Group::Object, Action::PaneDown, "pane-down", &["J", "alt-down"], "scroll", "Scroll the pane down"),
    entry(Group::Object, Action::PaneUp, "pane-up", &["K", "alt-up"], "scroll", "Scroll the pane up"),
    entry(Group::Object, Action::Form, "raw", &["t"], "raw", "Show a resume as JSON, or for reading again"),
    entry(Group::Object, Action::Revisions, "revisions", &["h"], "history", "The revisions of a resume"),
    entry(
        Group::Object,
        Action::Compare,
        "compare",
        &["="],
        "compare",
        "Compare two marked revisions, or with the one before",
    ),
    entry(
        Group::Object,
        Action::Owner,
        "owner",
        &["o"],
        "owner",
        "The person behind it: owner, author, actor",
    ),
    entry(
        Group::Object,
        Action::CopyCommand,
        "copy-command",
        &["y"],
        "copy",
        "Copy the equal `vitae` command",
    ),
    entry(
        Group::Object,
        Action::CopyAddress,
        "copy-address",
        &["Y"],
        "address",
        "Copy the address of this screen",
    ),
    entry(Group::Object, Action::CopyId, "copy-id", &["i"], "id", "Copy the id of what is under the cursor"),
    entry(Group::Change, Action::New, "new", &["n"], "new", "A new person, or a new resume"),
    entry(
        Group::Change,
        Action::Edit,
        "edit",
        &["e"],
        "edit",
        "Change a person (name, e-mail, role) or a resume in a form",
    ),
    entry(
        Group::Change,
        Action::EditDocument,
        "edit-document",
        &["E"],
        "editor",
        "Open a resume's document in your own editor",
    ),
    entry(
        Group::Change,
        Action::Password,
        "password",
        &["P"],
        "password",
        "Give a person another password, or yourself",
    ),
    entry(Group::Change, Action::Drafts, "drafts", &["w"], "drafts", "What was written here and not saved"),
    entry(Group::Change, Action::Delete, "delete", &["d"], "delete", "Delete, which can be taken back"),
    entry(Group::Change, Action::Restore, "restore", &["R"], "restore", "Bring back what was deleted"),
    entry(
        Group::Change,
        Action::Disable,
        "disable",
        &["D"],
        "disable",
        "Stop a person from logging in, or let them again",
    ),
    entry(
        Group::Change,
        Action::EndSession,
        "end-session",
        &["x"],
        "log out",
        "End a session of yours, or all of somebody else's",
    ),
    entry(
        Group::Change,
        Action::Undo,
        "undo",
        &["u"],
        "undo",
        "Take the last change back, after a restart, too; again: the one before",
    ),
    entry(Group::Change, Action::Redo, "redo", &["U"], "redo", "Redo the change that was undone last"),
    entry(
        Group::Change,
        Action::Retry,
        "retry",
        &["."],
        "retry",
        "Try again what has failed of the last change",
    ),
    entry(Group::Console, Action::Palette, "palette", &["ctrl-p"], "actions", "Find any action by typing"),
    entry(Group::Console, Action::Help, "help", &["?", "f1"], "help", "What can be done here"),
    entry(Group::Console, Action::Login, "login", &["L"], "log in", "Log in, or as somebody else"),
    entry(
        Group::Console,
        Action::ReadOnly,
        "read-only",
        &["ctrl-r"],
        "read-only",
        "Change nothing, until this is pressed again",
    ),
    entry(Group::Console, Action::Theme, "theme", &["T"], "theme", "The next set of colours"),
    entry(
        Group::Console,
        Action::Suspend,
        "suspend",
        &["ctrl-z"],
        "suspend",
        "Stop; `fg` in the shell continues",
    ),
    entry(Group::Console, Action::Quit, "quit", &["q", "ctrl-c"], "quit", "Leave the console"),
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
    fn letters_at_beginnings_of_words_win() {
        let score = |text| likeness("re", text);
        assert!(score("The revisions of a resume") > score("Your own sessions here"));
        assert_eq!(likeness("xyz", "The revisions"), None);
        assert_eq!(likeness("", "anything"), Some(0));
    }
}
