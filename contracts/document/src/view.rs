//! Typed, read-only views of a document, with an accessor for each known field.
//!
//! A field that is missing, `null` or of another type reads as absent; an element of
//! another type is left out of its list. So a view accepts any scanned text, checked or
//! not. Strings are borrowed from the text unless they contain escapes.

use std::borrow::Cow;

use crate::value::{Elements, Kind, Scanned, Value};

/// A view of a resume document.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a>(Value<'a>);

impl<'a> Document<'a> {
    /// Creates a view of a scanned text.
    pub fn new(scanned: &Scanned<'a>) -> Self {
        Self(scanned.root())
    }

    /// The person's name and contact details.
    pub fn basics(&self) -> Option<Basics<'a>> {
        object_in(self.0, "basics").map(Basics)
    }

    /// Metadata of the document.
    pub fn meta(&self) -> Option<Meta<'a>> {
        object_in(self.0, "meta").map(Meta)
    }
}

/// The strings of a list, for example of [`Work::highlights`].
#[derive(Debug, Clone)]
pub struct Texts<'a>(Option<Elements<'a>>);

impl<'a> Iterator for Texts<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.as_mut()?.find_map(|element| element.as_str())
    }
}

/// Defines one accessor: `text` for a string or date, `texts` for a list of strings,
/// `entries` for a list of objects that have their own view.
macro_rules! accessor {
    (text $method:ident $key:literal) => {
        #[doc = concat!("The string `", $key, "`.")]
        pub fn $method(&self) -> Option<Cow<'a, str>> {
            text_in(self.0, $key)
        }
    };
    (texts $method:ident $key:literal) => {
        #[doc = concat!("The strings of `", $key, "`.")]
        pub fn $method(&self) -> Texts<'a> {
            texts_in(self.0, $key)
        }
    };
    (entries $method:ident $key:literal $view:ident) => {
        #[doc = concat!("The entries of `", $key, "`, in the order of the text.")]
        pub fn $method(&self) -> impl Iterator<Item = $view<'a>> + use<'a> {
            objects_in(self.0, $key).map($view)
        }
    };
}

/// Defines the accessors of a view, and access to fields unknown to the standard.
macro_rules! accessors {
    ($view:ident: $($shape:ident $method:ident $key:literal $($entry:ident)?;)*) => {
        impl<'a> $view<'a> {
            $(accessor!($shape $method $key $($entry)?);)*

            /// Returns any member by its key, known or unknown, of any type.
            pub fn get(&self, key: &str) -> Option<Value<'a>> {
                self.0.get(key)
            }

            /// Returns the underlying value with all its members.
            pub fn value(&self) -> Value<'a> {
                self.0
            }
        }
    };
}

macro_rules! view {
    ($(#[$doc:meta])* $view:ident: $($accessors:tt)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $view<'a>(Value<'a>);

        accessors! { $view: $($accessors)* }
    };
}

accessors! { Document:
    text schema "$schema";
    entries work "work" Work;
    entries volunteer "volunteer" Volunteer;
    entries education "education" Education;
    entries awards "awards" Award;
    entries certificates "certificates" Certificate;
    entries publications "publications" Publication;
    entries skills "skills" Skill;
    entries languages "languages" Language;
    entries interests "interests" Interest;
    entries references "references" Reference;
    entries projects "projects" Project;
}

view! {
    /// The person's name and contact details.
    Basics:
    text name "name";
    text label "label";
    text image "image";
    text email "email";
    text phone "phone";
    text url "url";
    text summary "summary";
    entries profiles "profiles" Profile;
}

impl<'a> Basics<'a> {
    /// Returns where the person lives.
    pub fn location(&self) -> Option<Location<'a>> {
        object_in(self.0, "location").map(Location)
    }
}

view! {
    /// Where a person lives.
    Location:
    text address "address";
    text postal_code "postalCode";
    text city "city";
    text country_code "countryCode";
    text region "region";
}

view! {
    /// An account of the person on a network.
    Profile:
    text network "network";
    text username "username";
    text url "url";
}

view! {
    /// A job.
    Work:
    text name "name";
    text location "location";
    text description "description";
    text position "position";
    text url "url";
    text start_date "startDate";
    text end_date "endDate";
    text summary "summary";
    texts highlights "highlights";
}

view! {
    /// Unpaid work.
    Volunteer:
    text organization "organization";
    text position "position";
    text url "url";
    text start_date "startDate";
    text end_date "endDate";
    text summary "summary";
    texts highlights "highlights";
}

view! {
    /// Attendance of a school or university.
    Education:
    text institution "institution";
    text url "url";
    text area "area";
    text study_type "studyType";
    text start_date "startDate";
    text end_date "endDate";
    text score "score";
    texts courses "courses";
}

view! {
    /// An award that the person received.
    Award:
    text title "title";
    text date "date";
    text awarder "awarder";
    text summary "summary";
}

view! {
    /// A certificate and its issuer.
    Certificate:
    text name "name";
    text date "date";
    text url "url";
    text issuer "issuer";
}

view! {
    /// A publication of the person.
    Publication:
    text name "name";
    text publisher "publisher";
    text release_date "releaseDate";
    text url "url";
    text summary "summary";
}

view! {
    /// A skill and its level.
    Skill:
    text name "name";
    text level "level";
    texts keywords "keywords";
}

view! {
    /// A language that the person speaks.
    Language:
    text language "language";
    text fluency "fluency";
}

view! {
    /// A personal interest.
    Interest:
    text name "name";
    texts keywords "keywords";
}

view! {
    /// A reference for the person.
    Reference:
    text name "name";
    text reference "reference";
}

view! {
    /// A project.
    Project:
    text name "name";
    text description "description";
    texts highlights "highlights";
    texts keywords "keywords";
    text start_date "startDate";
    text end_date "endDate";
    text url "url";
    texts roles "roles";
    text entity "entity";
    text kind "type";
}

view! {
    /// Metadata of the document.
    Meta:
    text canonical "canonical";
    text version "version";
    text last_modified "lastModified";
}

fn text_in<'a>(object: Value<'a>, key: &str) -> Option<Cow<'a, str>> {
    object.get(key)?.as_str()
}

fn texts_in<'a>(object: Value<'a>, key: &str) -> Texts<'a> {
    Texts(object.get(key).map(|list| list.elements()))
}

fn object_in<'a>(object: Value<'a>, key: &str) -> Option<Value<'a>> {
    object.get(key).filter(is_object)
}

fn objects_in<'a>(object: Value<'a>, key: &str) -> impl Iterator<Item = Value<'a>> + use<'a> {
    let list = object.get(key).map(|list| list.elements());
    list.into_iter().flatten().filter(is_object)
}

fn is_object(value: &Value<'_>) -> bool {
    value.kind() == Kind::Object
}
