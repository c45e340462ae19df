//! Words about a table, for the title line and for screen readers.

use crate::client::collection::{Collection, Sort};
use crate::client::row::short;
use crate::terminal::text::escaped;
use crate::widgets::table::Table;

/// Returns the conditions that narrow the collection, without the typed filter.
pub(crate) fn narrowings(table: &Table) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    match &table.collection {
        Collection::Users { role, status, .. } => {
            found.extend(role.as_ref().map(|role| ("role", role.to_string())));
            found.extend(status.as_ref().map(|status| ("status", status.to_string())));
        }
        Collection::Resumes { owner, tag, .. } => {
            found.extend(owner.map(|owner| ("owner", short(&owner))));
            found.extend(tag.as_ref().map(|tag| ("tag", escaped(tag))));
        }
        Collection::Audit { actor, object } => {
            found.extend(actor.map(|actor| ("by", short(&actor))));
            found.extend(object.as_ref().map(|object| ("to", short(&escaped(object)))));
        }
        Collection::Revisions(id) => found.push(("of", short(id))),
        Collection::Sessions(id) => found.push(("of", short(id))),
    }
    found
}

/// Returns the word for an order.
pub(crate) fn order_word(sort: Sort) -> &'static str {
    match sort.key {
        "created_at" => "created",
        "updated_at" => "updated",
        "email" => "e-mail",
        "sequence" => "time",
        other => other,
    }
}
