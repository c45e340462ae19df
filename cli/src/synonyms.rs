//! Command names of other programs, with their equivalents here.

/// Pairs of a foreign name and our name.
const SYNONYMS: &[(&str, &str)] = &[
    ("view", "get"),
    ("show", "get"),
    ("describe", "get"),
    ("info", "get"),
    ("ls", "list"),
    ("all", "list"),
    ("add", "create"),
    ("new", "create"),
    ("set", "update"),
    ("patch", "update"),
    ("modify", "update"),
    ("rm", "delete"),
    ("del", "delete"),
    ("remove", "delete"),
    ("undelete", "restore"),
    ("revisions", "history"),
    ("log", "history"),
    ("validate", "lint"),
    ("passwd", "set-password"),
    ("tail", "watch"),
    ("whoami", "auth status"),
    ("status", "auth status"),
    ("config", "profiles"),
    ("context", "profiles"),
    ("completion", "completions"),
    ("help", "--help"),
    ("version", "--version"),
    ("people", "users"),
    ("persons", "users"),
    ("cvs", "resumes"),
];

/// Returns our name for a foreign command name.
pub(crate) fn our_word(word: &str) -> Option<&'static str> {
    SYNONYMS.iter().find(|(theirs, _)| *theirs == word).map(|(_, ours)| *ours)
}
