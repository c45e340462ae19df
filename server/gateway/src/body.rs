//! JSON bodies, field by field: every violation is found, none is unknown.

use std::borrow::Cow;

use vitae_contracts_core::Code;
use vitae_contracts_document::{Kind, Scanned, Value, pointer};
use vitae_contracts_gateway::{Patch, ProblemLocation};

use crate::error::{ApiError, Violations};

/// The fields of a JSON object; each is taken once, and none may be left.
///
/// Not serde: that stops at the first violation, and re-reads what the scanner has read.
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

    /// A text that must be there and pass its check.
    pub(crate) fn required(&mut self, name: &str, check: impl Fn(&str) -> Result<(), String>) -> String {
        self.optional(name, check).unwrap_or_else(|| {
            if !self.violations.has(&ProblemLocation::Pointer(format!("/{name}"))) {
                self.missing(name);
            }
            String::new()
        })
    }

    /// A text that may be absent, but must pass its check.
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

    /// A list of texts that may be absent; the service checks what they are.
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

    /// The exact text of a value, whatever it is.
    pub(crate) fn raw(&mut self, name: &str) -> Option<&'a str> {
        self.take(name).map(|value| value.text())
    }

    /// The kind of a value that stands there.
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

    /// Refuses what was not taken, then what was wrong.
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
