//! Words that people know from elsewhere, and what they are called here.

/// Verbs and nouns of other programs.
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

/// What a word of elsewhere is called here.
pub(super) fn our_word(word: &str) -> Option<&'static str> {
    SYNONYMS.iter().find(|(theirs, _)| *theirs == word).map(|(_, ours)| *ours)
}
