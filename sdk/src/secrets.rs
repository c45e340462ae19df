//! What a request carries that no text may repeat, also if the server does.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// What stands for a secret.
const REDACTED: &str = "[redacted]";
/// Shorter texts stand in answers by chance.
const MIN_SECRET_BYTES: usize = 6;
/// Names of members, which pointers and messages repeat: redacting them where a secret is the same would tell that.
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

    /// The same with one more.
    pub(crate) fn and(mut self, secret: Option<&SecretString>) -> Self {
        if let Some(secret) = secret {
            self.add(secret);
        }
        self
    }

    /// A text of the server without what we sent, as it is or as JSON writes it.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| {
            let secret = secret.expose_secret();
            let quoted = Value::from(secret).to_string();
            text.replace(secret, REDACTED).replace(&quoted[1..quoted.len() - 1], REDACTED)
        })
    }

    /// The same for every text in a JSON value.
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
