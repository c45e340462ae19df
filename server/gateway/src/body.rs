//! JSON bodies, field by field: collects every violation and rejects unknown fields.

use std::borrow::Cow;

use vitae_contracts_core::Code;
use vitae_contracts_document::{Kind, Scanned, Value, pointer};
use vitae_contracts_gateway::{Patch, ProblemLocation};

use crate::error::{ApiError, Violations};

/// The fields of a JSON object. Each is taken once; fields that are left are unknown.
///
/// Serde is not used because it stops at the first violation, and parses again what the scanner has parsed.
pub(crate) struct Fields<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
    violations: Violations,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(body: &Scanned<'a>) -> Result<Self, ApiError> {
        if body.kind() != Kind::Object {
            let mut violations = Violations::default();
            let message = format!("expected an object, found {}", body.kind());
            violations.push(ProblemLocation::Pointer(String::new()), &message);
            return Err(ApiError::input(Code::ValidationFailed, violations));
        }
        Ok(Self { members: body.members().collect(), violations: Violations::default() })
    }

    /// Takes a required string that must pass `check`.
    pub(crate) fn required(&mut self, name: &str, check: impl Fn(&str) -> Result<(), String>) -> String {
        self.optional(name, check).unwrap_or_else(|| {
            if !self.violations.has(&ProblemLocation::Pointer(format!("/{name}"))) {
                self.missing(name);
            }
            String::new()
        })
    }

    /// Takes an optional string that must pass `check`.
    pub(crate) fn optional(
        &mut self,
        name: &str,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Option<String> {
        let value = self.take(name)?;
        self.text(name, &value, check)
    }

    /// A text that may be absent, and that null removes.
    pub(crate) fn removable(
        &mut self,
        name: &str,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Patch<String> {
        let Some(value) = self.take(name) else { return Patch::Keep };
        if value.kind() == Kind::Null {
            return Patch::Remove;
        }
        self.text(name, &value, check).map_or(Patch::Keep, Patch::Set)
    }

    fn text(
        &mut self,
        name: &str,
        value: &Value<'_>,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Option<String> {
        let Some(text) = value.as_str() else {
            self.add_violation(name, &format!("expected a string, found {}", value.kind()));
            return None;
        };
        if let Err(message) = check(&text) {
            self.add_violation(name, &message);
            return None;
        }
        Some(text.into_owned())
    }

    /// Takes an optional list of strings; the service checks them.
    pub(crate) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let value = self.take(name)?;
        if value.kind() != Kind::Array {
            self.add_violation(name, &format!("expected an array, found {}", value.kind()));
            return None;
        }
        let mut texts = Vec::new();
        for (index, element) in value.elements().enumerate() {
            match element.as_str() {
                Some(text) => texts.push(text.into_owned()),
                None => {
                    let message = format!("expected a string, found {}", element.kind());
                    self.add_violation(&format!("{name}/{index}"), &message);
                }
            }
        }
        Some(texts)
    }

    /// Takes the exact JSON text of a value of any kind.
    pub(crate) fn raw(&mut self, name: &str) -> Option<&'a str> {
        self.take(name).map(|value| value.text())
    }

    /// Returns the kind of a field's value without taking it.
    pub(crate) fn kind(&self, name: &str) -> Option<Kind> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, value)| value.kind())
    }

    pub(crate) fn missing(&mut self, name: &str) {
        self.add_violation(name, "expected a value, found nothing");
    }

    pub(crate) fn add_violation(&mut self, name: &str, message: &str) {
        self.add_violation_at(format!("/{name}"), message);
    }

    /// Notes a violation at a JSON pointer.
    pub(crate) fn add_violation_at(&mut self, pointer: String, message: &str) {
        self.violations.push(ProblemLocation::Pointer(pointer), message);
    }

    /// Rejects unknown fields; if there are none, rejects the collected violations.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        if !self.members.is_empty() {
            let mut violations = Violations::default();
            for (name, _) in &self.members {
                let mut pointer = String::new();
                pointer::push_key(&mut pointer, name);
                violations.push(ProblemLocation::Pointer(pointer), "unknown field");
            }
            return Err(ApiError::input(Code::UnknownField, violations));
        }
        if self.violations.is_empty() {
            Ok(())
        } else {
            Err(ApiError::input(Code::ValidationFailed, self.violations))
        }
    }

    /// A value of any kind.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value<'a>> {
        let at = self.members.iter().position(|(known, _)| known == name)?;
        Some(self.members.swap_remove(at).1)
    }
}
