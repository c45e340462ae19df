//! JSON text whose keys keep the order in which they were written.

use serde_json::Value;

/// A JSON value; null never occurs in the samples.
pub(super) enum Json {
    Text(String),
    Number(i64),
    Bool(bool),
    List(Vec<Json>),
    Object(Object),
}

/// A JSON object in the order of writing.
#[derive(Default)]
pub(super) struct Object(Vec<(String, Json)>);

impl Object {
    /// This object and one more member; an empty text, list or object is left out.
    #[must_use]
    pub(super) fn with(mut self, key: &str, value: impl Into<Json>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.put(key, value);
        }
        self
    }

    /// Adds a member at the end, empty or not.
    pub(super) fn put(&mut self, key: &str, value: impl Into<Json>) {
        self.0.push((key.to_owned(), value.into()));
    }

    /// Takes a member out.
    pub(super) fn remove(&mut self, key: &str) {
        self.0.retain(|(name, _)| name != key);
    }

    /// A copy of the text at this key.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match self.member(key)? {
            Json::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// The object at this key, to be changed.
    pub(super) fn object(&mut self, key: &str) -> Option<&mut Object> {
        match self.member(key)? {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The objects of the list at this key, to be changed.
    pub(super) fn objects(&mut self, key: &str) -> impl Iterator<Item = &mut Object> {
        let list = match self.member(key) {
            Some(Json::List(list)) => list.as_mut_slice(),
            _ => &mut [],
        };
        list.iter_mut().filter_map(|item| match item {
            Json::Object(object) => Some(object),
            _ => None,
        })
    }

    /// The text, indented by two spaces.
    pub(super) fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(0, &mut out);
        out
    }

    fn member(&mut self, key: &str) -> Option<&mut Json> {
        let (_, value) = self.0.iter_mut().find(|(name, _)| name == key)?;
        Some(value)
    }

    fn write(&self, depth: usize, out: &mut String) {
        write_items(['{', '}'], &self.0, depth, out, |(key, value), out| {
            write_text(key, out);
            out.push_str(": ");
            value.write(depth + 1, out);
        });
    }
}

impl Json {
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Object(object) => object.0.is_empty(),
            Self::Number(_) | Self::Bool(_) => false,
        }
    }

    fn write(&self, depth: usize, out: &mut String) {
        match self {
            Self::Text(text) => write_text(text, out),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Bool(value) => out.push_str(&value.to_string()),
            Self::List(items) => write_items(['[', ']'], items, depth, out, |item, out| {
                item.write(depth + 1, out);
            }),
            Self::Object(object) => object.write(depth, out),
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Object> for Json {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl From<&[&str]> for Json {
    fn from(items: &[&str]) -> Self {
        Self::from(items.to_vec())
    }
}

fn write_items<T>(
    [open, close]: [char; 2],
    items: &[T],
    depth: usize,
    out: &mut String,
    write: impl Fn(&T, &mut String),
) {
    out.push(open);
    for (at, item) in items.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        write(item, out);
    }
    if !items.is_empty() {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
    out.push(close);
}

fn write_text(text: &str, out: &mut String) {
    out.push_str(&Value::from(text).to_string());
}
