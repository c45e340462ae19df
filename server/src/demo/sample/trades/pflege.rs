//! Nursing, in German.

use super::super::portfolio::{
    Award, CRAFT, HOME, Home, PLAIN, Portfolio, Rung, SHORT, Service, Study, Tongue, Trade, Variant, job,
    study,
};
use super::super::twists;

static PFLEGE: Trade = Trade {
    tongue: Tongue::German,
    ladder: &[
        Rung {
            position: "Pflegefachfrau, Innere Medizin",
            does: "Grund- und Behandlungspflege auf einer Station mit {26-38} Betten.",
            tasks: &[
                "Bereichspflege für {7-11} Patientinnen und Patienten je Schicht",
                "Verbandwechsel, Infusionen und Blutentnahmen nach ärztlicher Anordnung",
                "Anleitung von {4-9} Auszubildenden im ersten Lehrjahr",
                "Umstellung der Station auf die elektronische Akte begleitet",
            ],
        },
        Rung {
            position: "Fachpflegerin, Intensivstation",
            does: "Überwachung beatmeter Patienten auf einer Station mit {12-20} Plätzen.",
            tasks: &[
                "Beatmung, Nierenersatzverfahren und Kreislaufüberwachung im Verhältnis eins zu zwei",
                "Frühmobilisation eingeführt, Beatmungstage im Mittel um {10-22} Prozent gesenkt",
                "Notfallteam des Hauses mit {90-180} Einsätzen im Jahr",
                "Gespräche mit Angehörigen auf Deutsch und Türkisch geführt",
                "Medizinprodukte für {30-55} Kolleginnen und Kollegen eingewiesen",
            ],
        },
        Rung {
            position: "Praxisanleiterin",
            does: "Planung und Begleitung der praktischen Ausbildung im ganzen Haus.",
            tasks: &[
                "Lernaufgaben für {60-110} Auszubildende entwickelt",
                "{25-45} praktische Prüfungen im Jahr abgenommen",
                "Ein Simulationszimmer mit eigenen Mitteln aufgebaut",
                "Die Abbruchquote von {18-25} auf {6-11} Prozent gesenkt",
                "Sprachtandems für Pflegekräfte aus {8-14} Ländern gegründet",
            ],
        },
    ],
    skills: &[
        ("Intensivpflege", "sehr gut", &["Beatmung", "Dialyse", "Reanimation"]),
        ("Anleitung", "sehr gut", &["Prüfungen", "Simulation", "Lernaufgaben"]),
        ("Dokumentation", "gut", &["elektronische Akte", "Pflegediagnosen"]),
    ],
    certificates: &[
        (4, "Fachweiterbildung Intensivpflege und Anästhesie", "Akademie für Gesundheitsberufe"),
        (8, "Berufspädagogische Zusatzqualifikation", "Akademie für Gesundheitsberufe"),
    ],
    awards: &[Award {
        after: 9,
        title: "Preis für gute Ausbildung",
        awarder: "Verband der Pflegeschulen",
        summary: "Für das Simulationszimmer und {60-110} zufriedene Auszubildende.",
    }],
    publications: &[],
    projects: &[],
    volunteering: &[Service {
        after: 3,
        years: 0,
        organization: "Nachbarschaftshaus am Kanal",
        position: "Ehrenamtliche Beraterin",
        summary: "Beratung pflegender Angehöriger auf Deutsch und Türkisch.",
        highlights: &["Monatliche Sprechstunde mit {6-12} Familien"],
    }],
};

pub(super) static PORTFOLIOS: [Portfolio; 1] = [Portfolio {
    owner: 20,
    trade: &PFLEGE,
    spelled: "Ayşe Yılmaz",
    home: Home { address: "Uferweg 17", city: "Berlin", country_code: "DE", phone: "+1-555-0170", ..HOME },
    since: 2013,
    jobs: &[
        job("Klinikum am Spreebogen", "Berlin", "https://spreebogen.example.org", "Haus der Regelversorgung"),
        job("Universitätsklinik Nordtor", "Berlin", "https://nordtor.example.org", "Maximalversorger"),
        job("Klinikum am Spreebogen", "Berlin", "https://spreebogen.example.org", "Haus der Regelversorgung"),
    ],
    studies: &[
        study("Oberschule am Kanal, Berlin", "Abitur", "Leistungskurse Biologie und Deutsch", 3),
        Study {
            score: "1,4",
            courses: &["Anatomie", "Arzneimittellehre", "Kommunikation"],
            ..study("Pflegeschule Spreebogen", "Staatsexamen", "Gesundheits- und Krankenpflege", 3)
        },
    ],
    term: Some((10, 9)),
    languages: &[("Deutsch", "Muttersprache"), ("Türkisch", "Muttersprache"), ("Englisch", "B2")],
    interests: &[("Rudern", &["Vierer"]), ("Chor", &["Sopran"])],
    references: &[
        ("Dr. Katrin Vogel", "Frau Yılmaz erklärt so, dass man es am nächsten Tag noch weiß."),
        ("Stefan Brandt", "Auf sie war in jeder Nachtschicht Verlass."),
    ],
    variants: &[
        Variant {
            label: "Praxisanleiterin",
            tags: &["pflege", "ausbildung", "deutsch", "2026"],
            summary: "Fachpflegerin und Praxisanleiterin mit {years} Jahren Erfahrung in Innerer Medizin und Intensivpflege.",
            shape: CRAFT,
            focus: 1,
            ..PLAIN
        },
        Variant {
            label: "Intensivpflegerin",
            note: " (mit Dienstplan)",
            tags: &["pflege", "intensiv", "deutsch"],
            summary: "Ich suche eine Teilzeitstelle auf einer Intensivstation, neben der Anleitung.",
            twist: Some(twists::nested_lists),
            ..PLAIN
        },
        Variant {
            label: "Pflegefachfrau",
            note: ", kurz",
            tags: &["pflege", "deutsch", "draft"],
            summary: "Pflegefachfrau mit Fachweiterbildung, seit {years} Jahren im Beruf.",
            shape: SHORT,
            ..PLAIN
        },
    ],
}];
