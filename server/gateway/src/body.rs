//! JSON bodies, field by field: every fault is found, none is unknown.

use std::borrow::Cow;

use vitae_contracts_core::Code;
use vitae_contracts_document::{Kind, Scanned, Value, pointer};
use vitae_contracts_gateway::Place;

use crate::error::{Faults, Refused};

/// The fields of a JSON object; each is taken once, and none may be left.
///
/// Not serde: that stops at the first fault, and re-reads what the scanner has read.
pub(crate) struct Fields<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
    faults: Faults,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(body: &Scanned<'a>) -> Result<Self, Refused> {
        if body.kind() != Kind::Object {
            let mut faults = Faults::default();
            let message = format!("expected an object, found {}", body.kind());
            faults.push(Place::Pointer(String::new()), &message);
            return Err(Refused::input(Code::ValidationFailed, faults));
        }
        Ok(Self { members: body.members().collect(), faults: Faults::default() })
    }

    /// A text that must be there and pass its check.
    pub(crate) fn required(&mut self, name: &str, check: impl Fn(&str) -> Result<(), String>) -> String {
        self.optional(name, check).unwrap_or_else(|| {
            if !self.faults.has(&Place::Pointer(format!("/{name}"))) {
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
        let Some(text) = value.as_str() else {
            self.fault(name, &format!("expected a string, found {}", value.kind()));
            return None;
        };
        if let Err(message) = check(&text) {
            self.fault(name, &message);
            return None;
        }
        Some(text.into_owned())
    }

    /// A list of texts that may be absent; the service checks what they are.
    pub(crate) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let value = self.take(name)?;
        if value.kind() != Kind::Array {
            self.fault(name, &format!("expected an array, found {}", value.kind()));
            return None;
        }
        let mut texts = Vec::new();
        for (index, element) in value.elements().enumerate() {
            match element.as_str() {
                Some(text) => texts.push(text.into_owned()),
                None => {
                    let message = format!("expected a string, found {}", element.kind());
                    self.fault(&format!("{name}/{index}"), &message);
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
        self.fault(name, "expected a value, found nothing");
    }

    pub(crate) fn fault(&mut self, name: &str, message: &str) {
        self.faults.push(Place::Pointer(format!("/{name}")), message);
    }

    /// Refuses what was not taken, then what was wrong.
    pub(crate) fn finish(self) -> Result<(), Refused> {
        if !self.members.is_empty() {
            let mut faults = Faults::default();
            for (name, _) in &self.members {
                let mut pointer = String::new();
                pointer::push_key(&mut pointer, name);
                faults.push(Place::Pointer(pointer), "unknown field");
            }
            return Err(Refused::input(Code::UnknownField, faults));
        }
        if self.faults.is_empty() { Ok(()) } else { Err(Refused::input(Code::ValidationFailed, self.faults)) }
    }

    fn take(&mut self, name: &str) -> Option<Value<'a>> {
        let at = self.members.iter().position(|(known, _)| known == name)?;
        Some(self.members.swap_remove(at).1)
    }
}
