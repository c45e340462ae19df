//! Rendering of resumes and changes as lines.

use std::borrow::Cow;

use vitae_contracts_document::{Document, Kind, Value, diff, scan, view};
use vitae_sdk::{Resume, Revision};

use crate::client::request::Change;
use crate::client::row::kind;
use crate::terminal::text::{escaped, minute, shown, wrap};
use crate::terminal::theme::StyleRole;

/// A line: pieces of escaped text, each with its style.
pub(crate) type StyledLine = Vec<(StyleRole, String)>;

/// Renders a resume as formatted text.
pub(crate) fn resume(resume: &Resume, width: usize) -> Vec<StyledLine> {
    let mut page = Page { lines: Vec::new(), width };
    page.text(StyleRole::Title, "", &shown(&resume.title));
    let owner = resume.owner.name.as_ref().map_or_else(|| resume.owner.id.to_string(), shown);
    page.text(
        StyleRole::Dim,
        "",
        &format!("{owner} · revision {} · {}", resume.revision, minute(resume.updated_at)),
    );
    if let Some(at) = resume.deleted_at {
        page.text(StyleRole::Bad, "", &format!("deleted {}", minute(at)));
    }
    if !resume.tags.is_empty() {
        let tags: Vec<_> = resume.tags.iter().map(|tag| format!("#{}", shown(tag))).collect();
        page.text(StyleRole::Accent, "", &tags.join("  "));
    }
    match scan(resume.document.get().as_bytes()) {
        Ok(scanned) => page.document(&Document::new(&scanned)),
        Err(error) => page.text(StyleRole::Bad, "", &format!("cannot parse the document: {error}")),
    }
    page.lines
}

/// Renders a document as JSON, with every value exactly as it was sent.
pub(crate) fn raw(document: &str, width: usize) -> Vec<StyledLine> {
    let mut page = Page { lines: Vec::new(), width };
    match scan(document.as_bytes()) {
        Ok(scanned) => page.json(0, "", scanned.root(), ""),
        Err(error) => page.text(StyleRole::Bad, "", &format!("cannot parse the document: {error}")),
    }
    page.lines
}

/// Renders the differences between two revisions.
pub(crate) fn change(change: &Change, width: usize) -> Vec<StyledLine> {
    let mut page = Page { lines: Vec::new(), width };
    let Change { before, after } = change;
    let what = match before {
        Some(before) => format!("revision {} against {}", after.revision, before.revision),
        None => format!("revision {} (first)", after.revision),
    };
    page.text(StyleRole::Title, "", &what);
    page.text(StyleRole::Dim, "", &made_by(after));
    if let Some(reason) = &after.reason {
        page.text(StyleRole::Text, "", &format!("“{}”", shown(reason)));
    }
    page.blank();
    let Some(before) = before else {
        page.text(StyleRole::Dim, "", "The resume did not exist before.");
        return page.lines;
    };
    let heads = page.lines.len();
    page.member("title", &shown(&before.title), &shown(&after.title));
    let tags = |revision: &Revision| revision.tags.iter().map(shown).collect::<Vec<_>>().join(", ");
    page.member("tags", &tags(before), &tags(after));
    let scanned = (scan(before.document.get().as_bytes()), scan(after.document.get().as_bytes()));
    let (Ok(old), Ok(new)) = scanned else {
        page.text(StyleRole::Bad, "", "cannot parse one of the documents");
        return page.lines;
    };
    for difference in diff(&old, &new) {
        page.text(StyleRole::Accent, "", &escaped(&difference.pointer));
        if let Some(text) = &difference.before {
            page.text(StyleRole::Bad, "- ", &escaped(text));
        }
        if let Some(text) = &difference.after {
            page.text(StyleRole::Good, "+ ", &escaped(text));
        }
    }
    if page.lines.len() == heads {
        page.text(StyleRole::Dim, "", "Title, tags and document are unchanged.");
    }
    page.lines
}

fn made_by(revision: &Revision) -> String {
    let who = match &revision.author {
        Some(author) => author.name.as_ref().map_or_else(|| author.id.to_string(), shown),
        None => "the system".to_owned(),
    };
    format!("{} by {who}, {}", kind(&revision.kind), minute(revision.at))
}

/// Lines of a fixed width, written from the top.
struct Page {
    lines: Vec<StyledLine>,
    width: usize,
}

impl Page {
    fn blank(&mut self) {
        self.lines.push(StyledLine::new());
    }

    /// Adds a paragraph; its further lines are indented by the width of `lead`.
    fn text(&mut self, style: StyleRole, lead: &str, text: &str) {
        let indent = crate::terminal::text::width(lead);
        for (at, part) in wrap(text, self.width.saturating_sub(indent)).into_iter().enumerate() {
            let lead = if at == 0 { lead.to_owned() } else { " ".repeat(indent) };
            self.lines.push(vec![(style, format!("{lead}{part}"))]);
        }
    }

    fn member(&mut self, name: &str, before: &str, after: &str) {
        if before != after {
            self.text(StyleRole::Accent, "", name);
            self.text(StyleRole::Bad, "- ", before);
            self.text(StyleRole::Good, "+ ", after);
        }
    }

    fn heading(&mut self, words: &str) {
        self.blank();
        self.text(StyleRole::Title, "", words);
    }

    /// Adds the heading of an entry with its dates.
    fn entry(&mut self, head: &[Option<Cow<'_, str>>], when: &str) {
        let head: Vec<_> = head.iter().flatten().map(|part| escaped(part)).collect();
        if !head.is_empty() {
            self.text(StyleRole::Text, "", &head.join(" · "));
        }
        if !when.is_empty() {
            self.text(StyleRole::Dim, "  ", when);
        }
    }

    fn more<'a>(&mut self, text: Option<Cow<'a, str>>, points: impl Iterator<Item = Cow<'a, str>>) {
        if let Some(text) = text {
            self.text(StyleRole::Text, "  ", &escaped(&text));
        }
        for point in points {
            self.text(StyleRole::Text, "  • ", &escaped(&point));
        }
    }

    fn document(&mut self, document: &Document<'_>) {
        if let Some(basics) = document.basics() {
            self.basics(&basics);
        }
        self.work(document);
        self.learning(document);
        self.abilities(document);
        self.rest(document);
    }

    fn basics(&mut self, basics: &view::Basics<'_>) {
        self.blank();
        if let Some(name) = basics.name() {
            self.text(StyleRole::Strong, "", &escaped(&name));
        }
        if let Some(label) = basics.label() {
            self.text(StyleRole::Text, "", &escaped(&label));
        }
        let place = basics.location().map(|l| [l.city(), l.region(), l.country_code()].into_iter().flatten());
        let place: Vec<_> = place.into_iter().flatten().map(|part| escaped(&part)).collect();
        let reach = [basics.email(), basics.phone(), basics.url()].into_iter().flatten();
        let mut contact: Vec<_> = reach.map(|part| escaped(&part)).collect();
        contact.extend((!place.is_empty()).then(|| place.join(", ")));
        if !contact.is_empty() {
            self.text(StyleRole::Dim, "", &contact.join(" · "));
        }
        for profile in basics.profiles() {
            self.entry(&[profile.network(), profile.username().or_else(|| profile.url())], "");
        }
        if let Some(summary) = basics.summary() {
            self.blank();
            self.text(StyleRole::Text, "", &escaped(&summary));
        }
    }

    fn work(&mut self, document: &Document<'_>) {
        for (at, work) in document.work().enumerate() {
            self.section(at, "Work");
            self.entry(
                &[work.position(), work.name(), work.location()],
                &span(work.start_date(), work.end_date()),
            );
            self.more(work.summary(), work.highlights());
        }
        for (at, work) in document.volunteer().enumerate() {
            self.section(at, "Volunteering");
            let when = span(work.start_date(), work.end_date());
            self.entry(&[work.position(), work.organization()], &when);
            self.more(work.summary(), work.highlights());
        }
        for (at, project) in document.projects().enumerate() {
            self.section(at, "Projects");
            let when = span(project.start_date(), project.end_date());
            self.entry(&[project.name(), project.entity()], &when);
            self.more(project.description(), project.highlights());
        }
    }

    fn learning(&mut self, document: &Document<'_>) {
        for (at, school) in document.education().enumerate() {
            self.section(at, "Education");
            self.entry(
                &[school.study_type(), school.area(), school.institution(), school.score()],
                &span(school.start_date(), school.end_date()),
            );
            self.more(None, school.courses());
        }
        for (at, proof) in document.certificates().enumerate() {
            self.section(at, "Certificates");
            self.entry(&[proof.name(), proof.issuer(), proof.date()], "");
        }
        for (at, award) in document.awards().enumerate() {
            self.section(at, "Awards");
            self.entry(&[award.title(), award.awarder(), award.date()], "");
            self.more(award.summary(), std::iter::empty());
        }
        for (at, work) in document.publications().enumerate() {
            self.section(at, "Publications");
            self.entry(&[work.name(), work.publisher(), work.release_date()], "");
            self.more(work.summary(), std::iter::empty());
        }
    }

    fn abilities(&mut self, document: &Document<'_>) {
        for (at, skill) in document.skills().enumerate() {
            self.section(at, "Skills");
            self.named(&[skill.name(), skill.level()], skill.keywords());
        }
        for (at, language) in document.languages().enumerate() {
            self.section(at, "Languages");
            self.entry(&[language.language(), language.fluency()], "");
        }
        for (at, interest) in document.interests().enumerate() {
            self.section(at, "Interests");
            self.named(&[interest.name()], interest.keywords());
        }
    }

    fn rest(&mut self, document: &Document<'_>) {
        for (at, reference) in document.references().enumerate() {
            self.section(at, "References");
            self.entry(&[reference.name()], "");
            self.more(reference.reference(), std::iter::empty());
        }
    }

    fn named<'a>(&mut self, head: &[Option<Cow<'a, str>>], words: impl Iterator<Item = Cow<'a, str>>) {
        let words: Vec<_> = words.map(|word| escaped(&word)).collect();
        let head: Vec<_> = head.iter().flatten().map(|part| escaped(part)).collect();
        let parts: Vec<_> =
            [head.join(" · "), words.join(", ")].into_iter().filter(|p| !p.is_empty()).collect();
        self.text(StyleRole::Text, "", &parts.join(": "));
    }

    fn section(&mut self, at: usize, words: &str) {
        if at == 0 {
            self.heading(words);
        }
    }

    fn json(&mut self, depth: usize, key: &str, value: Value<'_>, tail: &str) {
        let indent = "  ".repeat(depth);
        let (open, close) = match value.kind() {
            Kind::Object => ("{", "}"),
            Kind::Array => ("[", "]"),
            _ => {
                return self.text(StyleRole::Text, &indent, &format!("{key}{}{tail}", escaped(value.text())));
            }
        };
        let members: Vec<_> = match value.kind() {
            Kind::Object => value.members().map(|(key, value)| (Some(key), value)).collect(),
            _ => value.elements().map(|value| (None, value)).collect(),
        };
        if members.is_empty() {
            return self.text(StyleRole::Text, &indent, &format!("{key}{open}{close}{tail}"));
        }
        self.text(StyleRole::Text, &indent, &format!("{key}{open}"));
        let last = members.len() - 1;
        for (at, (key, value)) in members.into_iter().enumerate() {
            let key = key.map(|key| format!("{}: ", escaped(&serde_json::Value::from(key).to_string())));
            self.json(depth + 1, &key.unwrap_or_default(), value, if at == last { "" } else { "," });
        }
        self.text(StyleRole::Text, &indent, &format!("{close}{tail}"));
    }
}

/// Returns a period of time as text.
fn span(start: Option<Cow<'_, str>>, end: Option<Cow<'_, str>>) -> String {
    match (start, end) {
        (Some(start), Some(end)) => format!("{} – {}", escaped(&start), escaped(&end)),
        (Some(start), None) => format!("since {}", escaped(&start)),
        (None, Some(end)) => format!("until {}", escaped(&end)),
        (None, None) => String::new(),
    }
}
