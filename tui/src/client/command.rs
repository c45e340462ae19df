//! The `vitae` command that prints a list.

use vitae_sdk::UserId;

use crate::client::collection::{Collection, Sort};

/// Returns the command that prints the rows of a collection.
pub(crate) fn of_list(
    collection: &Collection,
    query: &str,
    sort: Option<Sort>,
    me: Option<UserId>,
) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut say = |flag: &str, value: &str| words.push(format!(" --{flag} {}", quoted(value)));
    let noun = match collection {
        Collection::Users { role, status, deleted } => {
            if let Some(role) = role {
                say("role", role.as_str());
            }
            if let Some(status) = status {
                say("status", status.as_str());
            }
            if *deleted {
                say("deleted", "only");
            }
            "users list".to_owned()
        }
        Collection::Resumes { owner, tag, deleted } => {
            if let Some(owner) = owner {
                say("owner", &owner.to_string());
            }
            if let Some(tag) = tag {
                say("tag", tag);
            }
            if *deleted {
                say("deleted", "only");
            }
            "resumes list".to_owned()
        }
        Collection::Revisions(id) => format!("resumes history {id}"),
        Collection::Sessions(id) => {
            let route = if me == Some(*id) { "me".to_owned() } else { format!("users/{id}") };
            return format!("vitae api GET /v1/{route}/sessions");
        }
        Collection::Audit { actor, object } => {
            if let Some(actor) = actor {
                say("actor", &actor.to_string());
            }
            if let Some(object) = object {
                say("object", object);
            }
            "audit list".to_owned()
        }
    };
    if !query.is_empty() {
        say(if noun == "audit list" { "action" } else { "q" }, query);
    }
    if let Some(sort) = sort.filter(|sort| collection.sorts().first() != Some(sort)) {
        say("sort", &sort.parameter(false));
    }
    format!("vitae {noun}{}", words.concat())
}

/// Quotes a value as one word of a POSIX shell.
pub(crate) fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.@/=:".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_has_filter_and_order_of_the_list() {
        let people = Collection::PEOPLE;
        let usual = people.sorts().first().copied();
        assert_eq!(of_list(&people, "", usual, None), "vitae users list");
        let by_name = people.sorts().get(1).copied();
        assert_eq!(
            of_list(&people, "o'brien cork", by_name, None),
            r"vitae users list --q 'o'\''brien cork' --sort name"
        );
        let audit = Collection::AUDIT;
        let usual = audit.sorts().first().copied();
        assert_eq!(of_list(&audit, "users.", usual, None), "vitae audit list --action users.");
        let id = vitae_sdk::ResumeId::from_bytes([1; 16]);
        let revisions = Collection::Revisions(id);
        let usual = revisions.sorts().first().copied();
        assert_eq!(of_list(&revisions, "", usual, None), format!("vitae resumes history {id}"));
        let oldest = usual.map(|sort| Sort { descending: false, ..sort });
        assert_eq!(
            of_list(&revisions, "", oldest, None),
            format!("vitae resumes history {id} --sort revision")
        );
    }
}
