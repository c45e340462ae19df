//! Last changes that make a document odd, and leave it valid.

use super::json::Object;

/// A document of work alone, as a tool that knows the person anyway writes it.
pub(super) fn no_basics(document: &mut Object) {
    document.remove("basics");
}

/// Unknown fields at every level, of every type.
pub(super) fn unknown_fields(document: &mut Object) {
    if let Some(basics) = document.object("basics") {
        basics.put("x-pronouns", "she/her");
    }
    for (job, size) in document.objects("work").zip([14, 9, 6, 4]) {
        job.put("x-teamSize", size);
        job.put("x-remote", size > 6);
    }
    let view = Object::default().with("columns", 2).with("compact", false);
    document.put("x-view", view);
}

/// The names of version 0 beside today's, for themes that still read them.
pub(super) fn old_names(document: &mut Object) {
    for job in document.objects("work") {
        for (today, old) in [("name", "company"), ("url", "website")] {
            if let Some(text) = job.text(today) {
                job.put(old, text);
            }
        }
    }
}

/// A section of one's own: talks.
pub(super) fn talks(document: &mut Object) {
    let talk = |title, event, date| {
        Object::default().with("title", title).with("event", event).with("date", date).with("minutes", 30)
    };
    document.put(
        "talks",
        vec![
            talk("Alerts nobody reads", "Reliability Days, Leeds", "2025-05"),
            talk("The cost of a retry", "Systems Evening, London", "2024-11"),
            talk("Postmortems without villains", "Ops Meetup, Lagos", "2023-03"),
        ],
    );
}

/// A section of one's own: grants, with amounts as numbers.
pub(super) fn grants(document: &mut Object) {
    let grant = |title, funder, from, amount| {
        Object::default()
            .with("title", title)
            .with("funder", funder)
            .with("from", from)
            .with("amount", Object::default().with("value", amount).with("currency", "INR"))
    };
    document.put(
        "grants",
        vec![
            grant("Silt and survival", "River Research Fund", "2024", 4_800_000),
            grant("Sensors for small streams", "Open Instruments Trust", "2021", 1_250_000),
        ],
    );
}

/// Section and field names of another language, beside the standard ones.
pub(super) fn german_extras(document: &mut Object) {
    document.put("führerschein", vec!["B", "BE", "C1"]);
    document.put(
        "x-verfügbarkeit",
        Object::default().with("ab", "2026-10").with("montage", true).with("umkreisKm", 150),
    );
}

/// Lists inside lists, which no reader expects.
pub(super) fn nested_lists(document: &mut Object) {
    let week = vec![vec!["Mo", "06:00", "14:15"], vec!["Mi", "13:30", "21:45"], vec!["Sa", "20:00", "06:15"]];
    document.put("x-dienste", Object::default().with("woche", vec![week]));
}

/// Sections that are there and empty.
pub(super) fn empty_sections(document: &mut Object) {
    for section in ["volunteer", "awards", "publications"] {
        document.remove(section);
        document.put(section, Vec::<Object>::new());
    }
}

/// A section of one's own: exhibitions; text with quotes, a backslash and an emoji.
pub(super) fn exhibitions(document: &mut Object) {
    let shown =
        |title, place, year| Object::default().with("title", title).with("place", place).with("year", year);
    document.put(
        "exhibitions",
        vec![
            shown("“Wait here” – signs for patience", "Hangang Design Hall", 2024),
            shown("A \\ B: the grammar of buttons", "Gallery \"Corner\"", 2022),
            shown("종이와 화면 📄", "Mapo Print Studio", 2019),
        ],
    );
}

/// A section of one's own: signature dishes, with line breaks in the text.
pub(super) fn signature_dishes(document: &mut Object) {
    document.put(
        "x-carte",
        Object::default().with("saison", "automne 2026").with(
            "plats",
            vec![
                "Truite de la Drôme fumée au foin,\ncrème de raifort",
                "Épaule d’agneau confite dix heures,\nlentilles vertes et sarriette",
                "Poire pochée au vin jaune,\nsablé à la farine de châtaigne",
            ],
        ),
    );
}
