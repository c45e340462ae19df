//! Changes of the tags of a resume.

use vitae_contracts_core::fold;
use vitae_sdk::Untrusted;

use super::UpdateArgs;
use crate::errors::Failure;
use crate::output::Output;

/// A change of the tags.
pub(super) struct TagChange {
    /// The tags that replace all others.
    pub(super) replace: Option<Vec<String>>,
    add: Vec<String>,
    remove: Vec<String>,
}

impl TagChange {
    pub(super) fn of(options: &UpdateArgs) -> Self {
        let replaces = !options.tag.is_empty() || options.no_tags;
        Self {
            replace: replaces.then(|| options.tag.clone()),
            add: options.add_tag.clone(),
            remove: options.remove_tag.clone(),
        }
    }

    /// Fails if a tag is both added and removed.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let removed: Vec<String> = self.remove.iter().map(|tag| fold(tag)).collect();
        match self.add.iter().find(|tag| removed.contains(&fold(tag))) {
            Some(tag) => Err(Failure::usage(format!("\"{tag}\" is both added and removed"))
                .next("remove the tag from --add-tag or --remove-tag")),
            None => Ok(()),
        }
    }

    /// Whether the change depends on the current tags.
    pub(super) fn depends_on_tags(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty()
    }

    /// Returns the tags after the change; `None` if they are unchanged.
    pub(super) fn applied_to(&self, tags: &[Untrusted]) -> Option<Vec<String>> {
        if let Some(tags) = &self.replace {
            return Some(tags.clone());
        }
        if !self.depends_on_tags() {
            return None;
        }
        let removed: Vec<String> = self.remove.iter().map(|tag| fold(tag)).collect();
        let mut tags: Vec<String> = tags.iter().map(|tag| tag.as_str().to_owned()).collect();
        tags.retain(|tag| !removed.contains(&fold(tag)));
        let known: Vec<String> = tags.iter().map(|tag| fold(tag)).collect();
        tags.extend(self.add.iter().filter(|tag| !known.contains(&fold(tag))).cloned());
        Some(tags)
    }
}

/// Lists the tags that --tag removed, in case that was not intended.
pub(super) fn print_removed(before: &[Untrusted], after: &[Untrusted], output: &mut Output) {
    let removed: Vec<String> =
        before.iter().filter(|tag| !after.contains(tag)).map(|tag| tag.escaped().to_string()).collect();
    if !removed.is_empty() {
        output.note(format_args!(
            "removed the tags {}; --add-tag and --remove-tag keep the other tags",
            removed.join(", ")
        ));
    }
}
