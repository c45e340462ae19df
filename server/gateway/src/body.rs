//! JSON bodies, field by field: every fault is found, none is unknown.

use std::borrow::Cow;

use vitae_contracts_core::Code;
use vitae_contracts_document::{Kind, Scanned, Value, pointer};
use vitae_contracts_gateway::{Place, ProblemEntry};

use crate::error::Refused;

/// The fields of a JSON object; each is taken once, and none may be left.
///
/// Not serde: that stops at the first fault, and re-reads what the scanner has read.
pub(crate) struct Fields<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
    faults: Vec<ProblemEntry>,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(body: &Scanned<'a>) -> Result<Self, Refused> {
        if body.kind() != Kind::Object {
            let fault = fault("", format!("expected an object, found {}", body.kind()));
            return Err(Refused::input(Code::ValidationFailed, vec![fault]));
        }
        Ok(Self { members: body.members().collect(), faults: Vec::new() })
    }

    /// A text that must be there and pass its check.
    pub(crate) fn required(&mut self, name: &str, check: impl Fn(&str) -> Result<(), String>) -> String {
        self.optional(name, check).unwrap_or_else(|| {
            if !self.faults.iter().any(|f| f.place == Place::Pointer(format!("/{name}"))) {
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
            self.fault(name, format!("expected a string, found {}", value.kind()));
            return None;
        };
        if let Err(message) = check(&text) {
            self.fault(name, message);
            return None;
        }
        Some(text.into_owned())
    }

    /// A list of texts that may be absent; the service checks what they are.
    pub(crate) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let value = self.take(name)?;
        if value.kind() != Kind::Array {
            self.fault(name, format!("expected an array, found {}", value.kind()));
            return None;
        }
        let mut texts = Vec::new();
        for (index, element) in value.elements().enumerate() {
            match element.as_str() {
                Some(text) => texts.push(text.into_owned()),
                None => {
                    let message = format!("expected a string, found {}", element.kind());
                    self.fault(&format!("{name}/{index}"), message);
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
        self.fault(name, "expected a value, found nothing".to_owned());
    }

    pub(crate) fn fault(&mut self, name: &str, message: String) {
        self.faults.push(fault(name, message));
    }

    /// Refuses what was not taken, then what was wrong.
    pub(crate) fn finish(self) -> Result<(), Refused> {
        if !self.members.is_empty() {
            let entry = |(name, _): (Cow<'_, str>, _)| {
                let mut pointer = String::new();
                pointer::push_key(&mut pointer, &name);
                ProblemEntry { place: Place::Pointer(pointer), message: "unknown field".into() }
            };
            return Err(Refused::input(Code::UnknownField, self.members.into_iter().map(entry).collect()));
        }
        if self.faults.is_empty() { Ok(()) } else { Err(Refused::input(Code::ValidationFailed, self.faults)) }
    }

    fn take(&mut self, name: &str) -> Option<Value<'a>> {
        let at = self.members.iter().position(|(known, _)| known == name)?;
        Some(self.members.swap_remove(at).1)
    }
}

fn fault(name: &str, message: String) -> ProblemEntry {
    let pointer = if name.is_empty() { String::new() } else { format!("/{name}") };
    ProblemEntry { place: Place::Pointer(pointer), message: message.into() }
}
