//! Labels of people as rows, and the filters of lists by them.

use rusqlite::Connection;
use rusqlite::types::Value;
use vitae_contracts_core::UserId;
use vitae_server_common::store::Filter;

use crate::labels::{LabelFilter, Labels};

/// The maximum number of people with a label for which a list reads all of them and sorts them.
///
/// For more, it walks the index of its order and checks each person for the label. Measured with 100,000 people:
/// reading and sorting 10,000 takes 11 ms of CPU time; the walk takes less, unless few of them match.
const FEW: i64 = 10_000;

/// Replaces the rows by which a person is found.
pub(super) fn replace(connection: &Connection, id: UserId, labels: &Labels) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM user_labels WHERE user_id = ?1")?.execute([id.as_bytes()])?;
    let sql = "INSERT INTO user_labels (key, value, user_id) VALUES (?1, ?2, ?3)";
    for (key, value) in labels {
        connection.prepare_cached(sql)?.execute((key, value, id.as_bytes()))?;
    }
    Ok(())
}

/// Label conditions of one list.
pub(super) struct LabelConditions<'a> {
    /// The label that fewest people have, first; the others in any order.
    labels: Vec<&'a LabelFilter>,
    is_rare: bool,
}

impl<'a> LabelConditions<'a> {
    /// Looks up how many people have each label, counting up to [`FEW`].
    pub(super) fn new(connection: &Connection, labels: &'a [LabelFilter]) -> rusqlite::Result<Self> {
        let mut counted = Vec::with_capacity(labels.len());
        for label in labels {
            let sql = format!("SELECT count(*) FROM ({} LIMIT {})", select("1", label), FEW + 1);
            let values = rusqlite::params_from_iter(values(label));
            let count: i64 = connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0))?;
            counted.push((count, label));
        }
        counted.sort_by_key(|(count, _)| *count);
        let is_rare = counted.first().is_some_and(|(count, _)| *count <= FEW);
        Ok(Self { labels: counted.into_iter().map(|(_, label)| label).collect(), is_rare })
    }

    /// Adds the conditions for reading a page in its order.
    pub(super) fn add_to_page(&self, filter: &mut Filter) {
        self.add(filter, self.is_rare);
    }

    /// Adds the conditions for counting all matches, which reads everyone with the first label.
    pub(super) fn add_to_count(&self, filter: &mut Filter) {
        self.add(filter, true);
    }

    fn add(&self, filter: &mut Filter, reads_all: bool) {
        for (index, label) in self.labels.iter().enumerate() {
            if index == 0 && reads_all {
                filter.and(&format!("id IN ({})", select("user_id", label)), values(label));
            } else {
                // The unary plus keeps the planner from starting with the label.
                let sql = select("1", label);
                filter.and(&format!("EXISTS ({sql} AND user_id = +users.id)"), values(label));
            }
        }
    }
}

fn select(columns: &str, label: &LabelFilter) -> String {
    let value = if label.value.is_some() { " AND value = ?" } else { "" };
    format!("SELECT {columns} FROM user_labels WHERE key = ?{value}")
}

fn values(label: &LabelFilter) -> impl Iterator<Item = Value> + use<> {
    [Some(label.key.clone()), label.value.clone()].into_iter().flatten().map(Value::Text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::SCHEMA;

    /// Returns the steps by which SQLite reads a page of people with these labels.
    fn plan(is_rare: bool) -> String {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&SCHEMA.join(";")).unwrap();
        let label =
            |value: Option<&str>| LabelFilter { key: "team".to_owned(), value: value.map(str::to_owned) };
        let labels = [label(Some("data")), label(None)];
        let mut filter = Filter::default();
        filter.and("deleted_at IS NULL", []);
        LabelConditions { labels: labels.iter().collect(), is_rare }.add_to_page(&mut filter);
        let order = "ORDER BY created_at DESC, id DESC LIMIT 51";
        let sql = format!("EXPLAIN QUERY PLAN SELECT name FROM users {} {order}", filter.sql());
        let mut statement = connection.prepare(&sql).unwrap();
        let steps = statement.query_map(filter.values(), |row| row.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn people_with_a_rare_label_are_read_by_their_ids() {
        let plan = plan(true);
        assert!(plan.contains("SEARCH users USING PRIMARY KEY (id=?)"), "{plan}");
        assert!(plan.contains("SEARCH user_labels USING PRIMARY KEY (key=? AND value=?)"), "{plan}");
    }

    #[test]
    fn people_with_a_common_label_are_read_in_their_order() {
        let plan = plan(false);
        assert!(plan.contains("SCAN users USING INDEX users_created_at"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        assert!(plan.contains("(user_id=? AND key=?)"), "{plan}");
    }
}
