//! Sample people and resumes of `vitaed demo`, read from the files in `data/people/`.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use vitae_contracts_core::Role;

#[cfg(test)]
mod tests;

/// A sample person with the resumes that they own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The full name.
    pub name: String,
    /// The e-mail address, unique among the samples.
    pub email: String,
    /// The role to create the person with.
    pub role: Role,
    /// The resumes, the most recent first.
    pub resumes: Vec<Resume>,
}

/// A sample resume.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// The title, unique among the samples.
    pub title: String,
    /// The tags.
    pub tags: Vec<String>,
    /// The JSON Resume document, indented by two spaces.
    #[serde(deserialize_with = "unindented")]
    pub document: Box<RawValue>,
}

/// Returns the people in the order in which the demo creates them.
///
/// # Panics
///
/// Panics if a file is not a [`Person`]; the tests of this crate read every file.
#[must_use]
pub fn people() -> Vec<Person> {
    let read = |text| serde_json::from_str(text).expect("the tests read every file");
    FILES.iter().copied().map(read).collect()
}

/// The indentation of a document in its file.
const INDENTATION: &str = "\n      ";

/// Reads a document without the indentation that it has in its file.
///
/// A JSON string holds no line break, so only the space between tokens changes.
fn unindented<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<RawValue>, D::Error> {
    let indented = <&RawValue>::deserialize(deserializer)?;
    RawValue::from_string(indented.get().replace(INDENTATION, "\n")).map_err(serde::de::Error::custom)
}

macro_rules! people_files {
    ($($name:literal)*) => {
        /// The names of the files without `.json`.
        #[cfg(test)]
        const NAMES: &[&str] = &[$($name),*];
        /// The texts of the files.
        const FILES: &[&str] = &[$(include_str!(concat!("../data/people/", $name, ".json"))),*];
    };
}

people_files! {
    "ada-okafor" "marek-dvorak" "siobhan" "yutong-chen" "thandiwe-mokoena" "lars-odegard" "eleni-p"
    "joao-figueiredo" "noor-vandenberg" "misaki-sato" "juergen-weiss" "elodie" "mj-nunez" "dmytro-kovalenko"
    "aarti-sharma" "layla-haddad" "minhanh-nguyen" "aroha-ngata" "kwame" "seoyeon-kim" "ayse-yilmaz" "sam"
    "olga-petrova" "camille-ndiaye" "mateo-quispe"
}
