//! Converts YAML documents to JSON texts; keys keep their order.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Returns the documents of a YAML text as JSON.
pub(super) fn read(text: &str) -> Result<Vec<String>, String> {
    let documents = serde_saphyr::from_multiple::<Json>(text).map_err(|e| e.to_string())?;
    Ok(documents.into_iter().map(|Json(text)| text).collect())
}

/// A value as its JSON text.
struct Json(String);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Writer).map(Self)
    }
}

struct Writer;

impl<'de> Visitor<'de> for Writer {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON can express")
    }

    fn visit_unit<E: Error>(self) -> Result<String, E> {
        Ok("null".to_owned())
    }

    fn visit_none<E: Error>(self) -> Result<String, E> {
        Ok("null".to_owned())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<String, E> {
        if value.is_finite() { quoted(&value) } else { Err(E::custom("expected a finite number")) }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<String, E> {
        quoted(&value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<String, A::Error> {
        let mut texts = Vec::new();
        while let Some(Json(text)) = items.next_element()? {
            texts.push(text);
        }
        Ok(format!("[{}]", texts.join(",")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<String, A::Error> {
        let mut texts = Vec::new();
        while let Some((key, Json(text))) = members.next_entry::<String, Json>()? {
            texts.push(format!("{}:{text}", quoted::<A::Error>(&key)?));
        }
        Ok(format!("{{{}}}", texts.join(",")))
    }
}

fn quoted<E: Error>(value: &impl serde::Serialize) -> Result<String, E> {
    serde_json::to_string(value).map_err(E::custom)
}
