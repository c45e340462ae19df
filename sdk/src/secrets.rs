//! The secrets of a request, redacted from all texts even if the server repeats them.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// The replacement for a secret.
const REDACTED: &str = "[redacted]";
/// The minimum length: shorter texts occur in responses by chance.
const MIN_SECRET_BYTES: usize = 6;
/// Member names in pointers and messages: redacting a secret that equals one of them would reveal it.
const FIELD_NAMES: [&str; 5] =
    ["password", "current_password", "access_token", "refresh_token", "device_token"];

/// The secrets of one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Secrets(Vec<SecretString>);

impl Secrets {
    pub(crate) fn add(&mut self, secret: &SecretString) {
        let text = secret.expose_secret();
        if text.len() >= MIN_SECRET_BYTES && !FIELD_NAMES.contains(&text) {
            self.0.push(secret.clone());
        }
    }

    /// Returns these secrets and one more.
    pub(crate) fn and(mut self, secret: Option<&SecretString>) -> Self {
        if let Some(secret) = secret {
            self.add(secret);
        }
        self
    }

    /// Redacts the secrets in a text from the server, verbatim and as JSON escapes them.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| {
            let secret = secret.expose_secret();
            let quoted = Value::from(secret).to_string();
            text.replace(secret, REDACTED).replace(&quoted[1..quoted.len() - 1], REDACTED)
        })
    }

    /// Redacts the secrets in every text of a JSON value.
    pub(crate) fn redact_json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.redact(&text)),
            Value::Array(values) => values.into_iter().map(|value| self.redact_json(value)).collect(),
            Value::Object(members) => {
                members.into_iter().map(|(name, value)| (name, self.redact_json(value))).collect()
            }
            other => other,
        }
    }
}
