//! The JSON Resume schema as a table of known fields and their types.
//!
//! Versions 1.0.0 and 1.3.1 define the same fields with the same types, except for the
//! date of a certificate, which may be partial since 1.1.0. Both leave every field
//! optional. Version 1.3.1 allows unknown keys at every level.

/// The type of a known field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A string.
    Text,
    /// A string `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    Date,
    /// An array of strings.
    Texts,
    /// An object with these known fields.
    Object(&'static [Field]),
    /// An array of objects with these known fields.
    Entries(&'static [Field]),
}

/// A known field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The key in a document.
    pub key: &'static str,
    /// The type of the value.
    pub shape: Shape,
}

/// The known fields of a resume, in the order of the standard.
pub const RESUME: &[Field] = &[
    text("$schema"),
    field("basics", Shape::Object(BASICS)),
    field("work", Shape::Entries(WORK)),
    field("volunteer", Shape::Entries(VOLUNTEER)),
    field("education", Shape::Entries(EDUCATION)),
    field("awards", Shape::Entries(AWARDS)),
    field("certificates", Shape::Entries(CERTIFICATES)),
    field("publications", Shape::Entries(PUBLICATIONS)),
    field("skills", Shape::Entries(SKILLS)),
    field("languages", Shape::Entries(LANGUAGES)),
    field("interests", Shape::Entries(INTERESTS)),
    field("references", Shape::Entries(REFERENCES)),
    field("projects", Shape::Entries(PROJECTS)),
    field("meta", Shape::Object(META)),
];

const BASICS: &[Field] = &[
    text("name"),
    text("label"),
    text("image"),
    text("email"),
    text("phone"),
    text("url"),
    text("summary"),
    field("location", Shape::Object(LOCATION)),
    field("profiles", Shape::Entries(PROFILES)),
];

const LOCATION: &[Field] =
    &[text("address"), text("postalCode"), text("city"), text("countryCode"), text("region")];

const PROFILES: &[Field] = &[text("network"), text("username"), text("url")];

const WORK: &[Field] = &[
    text("name"),
    text("location"),
    text("description"),
    text("position"),
    text("url"),
    date("startDate"),
    date("endDate"),
    text("summary"),
    texts("highlights"),
];

const VOLUNTEER: &[Field] = &[
    text("organization"),
    text("position"),
    text("url"),
    date("startDate"),
    date("endDate"),
    text("summary"),
    texts("highlights"),
];

const EDUCATION: &[Field] = &[
    text("institution"),
    text("url"),
    text("area"),
    text("studyType"),
    date("startDate"),
    date("endDate"),
    text("score"),
    texts("courses"),
];

const AWARDS: &[Field] = &[text("title"), date("date"), text("awarder"), text("summary")];

const CERTIFICATES: &[Field] = &[text("name"), date("date"), text("url"), text("issuer")];

const PUBLICATIONS: &[Field] =
    &[text("name"), text("publisher"), date("releaseDate"), text("url"), text("summary")];

const SKILLS: &[Field] = &[text("name"), text("level"), texts("keywords")];

const LANGUAGES: &[Field] = &[text("language"), text("fluency")];

const INTERESTS: &[Field] = &[text("name"), texts("keywords")];

const REFERENCES: &[Field] = &[text("name"), text("reference")];

const PROJECTS: &[Field] = &[
    text("name"),
    text("description"),
    texts("highlights"),
    texts("keywords"),
    date("startDate"),
    date("endDate"),
    text("url"),
    texts("roles"),
    text("entity"),
    text("type"),
];

const META: &[Field] = &[text("canonical"), text("version"), text("lastModified")];

const fn field(key: &'static str, shape: Shape) -> Field {
    Field { key, shape }
}

const fn text(key: &'static str) -> Field {
    field(key, Shape::Text)
}

const fn date(key: &'static str) -> Field {
    field(key, Shape::Date)
}

const fn texts(key: &'static str) -> Field {
    field(key, Shape::Texts)
}
