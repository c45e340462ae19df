//! Electrical trades, in German.

use super::super::portfolio::{
    Award, CRAFT, FULL, HOME, Home, PLAIN, Portfolio, Project, Rung, SHORT, Service, Study, Tongue, Trade,
    Variant, job, study,
};
use super::super::twists;

static ELEKTRO: Trade = Trade {
    tongue: Tongue::German,
    ladder: &[
        Rung {
            position: "Elektroniker für Energie- und Gebäudetechnik",
            does: "Installation in Neubau und Altbau, von der Zuleitung bis zur Steckdose.",
            tasks: &[
                "{40-80} Wohnungen je Jahr verdrahtet, geprüft und übergeben",
                "Zählerschränke gebaut und mit dem Netzbetreiber abgenommen",
                "Störungen im Notdienst an jedem vierten Wochenende behoben",
                "Altanlagen aus den Fünfzigerjahren ohne Auszug der Mieter erneuert",
            ],
        },
        Rung {
            position: "Servicetechniker Photovoltaik",
            does: "Montage und Wartung von Anlagen bis {400-900} Kilowatt.",
            tasks: &[
                "{90-160} Dachanlagen mit Speicher in Betrieb genommen",
                "Ertragsverluste mit Wärmebildern gefunden, im Mittel {4-9} Prozent zurückgeholt",
                "Fernüberwachung für {300-700} Anlagen eingerichtet",
                "Absturzsicherung auf allen Baustellen verantwortet",
                "Kunden an ihrer eigenen Anlage geschult",
            ],
        },
        Rung {
            position: "Bauleiter Elektrotechnik",
            does: "Leitung von {3-6} Baustellen zugleich, mit {12-25} Monteuren.",
            tasks: &[
                "Ein Schulzentrum mit {70-130} Räumen termingerecht übergeben",
                "Aufmaß, Nachträge und Abrechnung bis {2-5} Millionen Euro",
                "Gewerke in wöchentlichen Runden abgestimmt",
                "Materiallager aufgeräumt und Schwund um {30-60} Prozent gesenkt",
                "Prüfprotokolle auf Tablets umgestellt",
            ],
        },
        Rung {
            position: "Elektromeister und Betriebsleiter",
            does: "Fachliche Leitung eines Betriebs mit {18-35} Beschäftigten.",
            tasks: &[
                "{5-9} Auszubildende, alle mit bestandener Gesellenprüfung",
                "Ladepunkte an {25-60} Standorten geplant und gebaut",
                "Unfallfrei seit {600-1400} Tagen",
                "Vier-Tage-Woche eingeführt, Umsatz gehalten",
                "Angebote binnen {3-5} Werktagen",
            ],
        },
    ],
    skills: &[
        ("Gebäudetechnik", "Meister", &["Installation", "KNX", "Prüfung nach VDE"]),
        ("Photovoltaik", "sehr gut", &["Speicher", "Wechselrichter", "Thermografie"]),
        ("Bauleitung", "sehr gut", &["Aufmaß", "Terminplanung", "Arbeitssicherheit"]),
        ("Ausbildung", "gut", &["Lehrlinge", "Prüfungsvorbereitung"]),
    ],
    certificates: &[
        (3, "Sachkundiger für Photovoltaik", "Handwerkskammer am Main"),
        (7, "Meisterbrief Elektrotechnik", "Handwerkskammer am Main"),
        (9, "Arbeiten unter Spannung", "Prüfstelle Elektro"),
    ],
    awards: &[Award {
        after: 12,
        title: "Ausbildungsbetrieb des Jahres",
        awarder: "Handwerkskammer am Main",
        summary: "Für {5-9} Auszubildende, von denen alle geblieben sind.",
    }],
    publications: &[],
    projects: &[Project {
        after: 8,
        years: 2,
        name: "Sonnendach Schulzentrum",
        url: "https://sonnendach.example.org",
        description: "Anlage mit {200-400} Kilowatt und einer Anzeigetafel, die Schüler selbst gebaut haben.",
        highlights: &["Deckt {45-70} Prozent des Strombedarfs"],
        keywords: &["Photovoltaik", "Schule"],
        roles: &["Bauleiter"],
        entity: "Stadtwerke am Main",
        kind: "Bauvorhaben",
    }],
    volunteering: &[Service {
        after: 4,
        years: 0,
        organization: "Freiwillige Feuerwehr",
        position: "Gruppenführer",
        summary: "Einsätze und Ausbildung, Fachberater für Photovoltaik im Brandfall.",
        highlights: &["{20-45} Einsätze im Jahr"],
    }],
};

pub(super) static PORTFOLIOS: [Portfolio; 1] = [Portfolio {
    owner: 10,
    trade: &ELEKTRO,
    spelled: "Jürgen Weiß",
    home: Home {
        address: "Mühlgasse 4",
        postal_code: "00000",
        city: "Würzburg",
        region: "Bayern",
        country_code: "DE",
        phone: "+1-555-0171",
        url: "https://weiss.example.org",
        ..HOME
    },
    since: 2004,
    jobs: &[
        job("Elektro Krämer & Sohn", "Würzburg", "https://kraemer.example.com", "Handwerksbetrieb"),
        job("Sonnenhang Technik GmbH", "Schweinfurt", "https://sonnenhang.example.com", "Solaranlagen"),
        job("Mainbau Gruppe", "Frankfurt am Main", "https://mainbau.example.net", "Generalunternehmer"),
        job(
            "Weiß & Töchter Elektrotechnik",
            "Würzburg",
            "https://weiss-toechter.example.org",
            "Familienbetrieb",
        ),
    ],
    studies: &[
        study("Realschule Ochsenfurt", "Mittlere Reife", "Technischer Zweig", 4),
        Study {
            score: "gut",
            ..study(
                "Berufsschule Würzburg",
                "Gesellenbrief",
                "Elektroniker für Energie- und Gebäudetechnik",
                3,
            )
        },
    ],
    term: None,
    languages: &[("Deutsch", "Muttersprache"), ("Englisch", "Grundkenntnisse")],
    interests: &[("Feuerwehr", &["Jugendgruppe"]), ("Weinbau", &["Silvaner", "drei Zeilen"])],
    references: &[
        ("Petra Krämer", "Was Jürgen prüft, braucht keiner nachzuprüfen."),
        ("Murat Demir", "Er baut so, dass der Nächste es versteht."),
    ],
    variants: &[
        Variant {
            label: "Elektromeister",
            tags: &["elektro", "meister", "deutsch", "2026"],
            summary: "Elektromeister mit {years} Jahren Erfahrung in Gebäudetechnik, Photovoltaik und Bauleitung.",
            shape: FULL,
            ..PLAIN
        },
        Variant {
            label: "Bauleiter Elektrotechnik",
            note: " (Montage)",
            tags: &["elektro", "montage", "deutsch"],
            summary: "Bauleiter für größere Vorhaben, bereit zu Einsätzen im ganzen Land.",
            shape: CRAFT,
            focus: 2,
            twist: Some(twists::german_extras),
            ..PLAIN
        },
        Variant {
            label: "Fachberater Photovoltaik",
            note: ", Entwurf",
            tags: &["photovoltaik", "deutsch", "draft"],
            summary: "Planung, Montage und Fehlersuche aus einer Hand.",
            shape: SHORT,
            focus: 1,
            ..PLAIN
        },
        Variant {
            label: "Servicetechniker Photovoltaik",
            note: " (2015)",
            as_of: 2015,
            tags: &["photovoltaik", "archive", "2015"],
            summary: "Techniker für Photovoltaik, seit {years} Jahren im Handwerk.",
            ..PLAIN
        },
    ],
}];
