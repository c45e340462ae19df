//! The `WHERE` clause of a query, with its values.

use rusqlite::types::Value;
use rusqlite::{ParamsFromIter, params_from_iter};
use vitae_contracts_core::{fold, limits};

use crate::ServiceError;

/// Conditions joined by `AND`, with their values.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    sql: String,
    values: Vec<Value>,
}

impl Filter {
    /// Adds a condition with one `?` for each value.
    pub fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(if self.sql.is_empty() { "WHERE " } else { " AND " });
        self.sql.push_str(condition);
        self.values.extend(values);
    }

    /// Requires that each word of a query occurs, folded, in one of the columns.
    ///
    /// # Errors
    ///
    /// Returns `invalid_parameter` for a query of too many bytes or words: each word costs one comparison
    /// with every row.
    pub fn and_words(&mut self, query: &str, columns: [&str; 2]) -> Result<(), ServiceError> {
        let folded = fold_parameter("q", query, limits::check_query)?;
        let words: Vec<_> = folded.split(' ').filter(|word| !word.is_empty()).collect();
        if words.len() > limits::QUERY_WORDS {
            let message = format!("expected at most {} words, found {}", limits::QUERY_WORDS, words.len());
            return Err(ServiceError::parameter("q", message));
        }
        for word in words {
            let condition = format!("(instr({}, ?) > 0 OR instr({}, ?) > 0)", columns[0], columns[1]);
            self.and(&condition, [Value::Text(word.to_owned()), Value::Text(word.to_owned())]);
        }
        Ok(())
    }

    /// Requires that a column of folded text equals a query parameter.
    pub fn and_folded(&mut self, condition: &str, parameter: &str, text: &str) -> Result<(), ServiceError> {
        let folded = fold_parameter(parameter, text, limits::check_text_length)?;
        self.and(condition, [Value::Text(folded)]);
        Ok(())
    }

    /// Returns the `WHERE` clause; empty without conditions.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// Returns the values as statement parameters.
    pub fn values(&self) -> ParamsFromIter<&[Value]> {
        params_from_iter(self.values.as_slice())
    }

    /// Returns the values, for a statement with several filters.
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// Returns a text that is equal for equal conditions; binds cursors to their query.
    pub fn fingerprint(&self) -> String {
        format!("{}{:?}", self.sql, self.values)
    }
}

/// Folds a parameter after a check of its length.
fn fold_parameter(
    name: &str,
    text: &str,
    check: fn(&str) -> Result<(), String>,
) -> Result<String, ServiceError> {
    check(text).map_err(|message| ServiceError::parameter(name, message))?;
    Ok(fold(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_long_queries_are_rejected() {
        let query = |text: &str| Filter::default().and_words(text, ["a", "b"]);
        assert!(query(&"w ".repeat(limits::QUERY_WORDS)).is_ok());
        for bad in ["w ".repeat(limits::QUERY_WORDS + 1), "\u{fdfa}".repeat(limits::QUERY_BYTES)] {
            let error = query(&bad).unwrap_err();
            assert_eq!(error.code, vitae_contracts_core::Code::InvalidParameter);
            assert_eq!(error.violations[0].pointer, "?q");
        }
        // Each of these characters folds to four words.
        assert!(query(&"\u{fdfa}".repeat(limits::QUERY_WORDS)).is_err());
    }
}
