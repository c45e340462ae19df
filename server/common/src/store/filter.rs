//! The conditions of a query, with their values.

use rusqlite::types::Value;
use rusqlite::{ParamsFromIter, params_from_iter};
use vitae_contracts_core::fold;

/// Conditions that must all hold, each with its values.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    sql: String,
    values: Vec<Value>,
}

impl Filter {
    /// Adds a condition; `?` stands for its values in their order.
    pub fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(if self.sql.is_empty() { "WHERE " } else { " AND " });
        self.sql.push_str(condition);
        self.values.extend(values);
    }

    /// Wants each word of a query to occur, folded, in one of the columns.
    pub fn and_words(&mut self, query: &str, columns: [&str; 2]) {
        for word in fold(query).split(' ').filter(|word| !word.is_empty()) {
            let condition = format!("(instr({}, ?) > 0 OR instr({}, ?) > 0)", columns[0], columns[1]);
            self.and(&condition, [Value::Text(word.to_owned()), Value::Text(word.to_owned())]);
        }
    }

    /// The `WHERE` clause, empty without conditions.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The values, for the statement's parameters.
    pub fn values(&self) -> ParamsFromIter<&[Value]> {
        params_from_iter(self.values.as_slice())
    }

    /// A text that is equal for equal conditions; ties cursors to their query.
    pub fn fingerprint(&self) -> String {
        format!("{}{:?}", self.sql, self.values)
    }
}
