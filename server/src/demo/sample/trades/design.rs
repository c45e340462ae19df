//! Design, in English.

use super::super::portfolio::{
    Award, FULL, HOME, Home, PLAIN, Portfolio, Project, Publication, Rung, SHORT, SHOWCASE, Service, Study,
    Tongue, Trade, Variant, job, study,
};
use super::super::twists;

static DESIGN: Trade = Trade {
    tongue: Tongue::English,
    ladder: &[
        Rung {
            position: "Graphic Designer",
            does: "Posters, books and signs for museums and small publishers.",
            tasks: &[
                "Designed {30-60} posters, a third of them printed in two colours only",
                "Set {8-15} books from manuscript to press sheet",
                "Drew a set of {90-160} pictograms for a hospital",
                "Looked after prepress and stood at the press for each cover",
            ],
        },
        Rung {
            position: "Interface Designer",
            does: "Screens and flows for a banking app with {200000-900000} users.",
            tasks: &[
                "Shortened the transfer form from {9-13} fields to {3-5}",
                "Tested every release with {5-8} people, among them users of screen readers",
                "Built a library of {40-90} components together with the developers",
                "Wrote the error messages, and halved the calls they had caused",
                "Drew a typeface for figures that align in narrow columns",
            ],
        },
        Rung {
            position: "Senior Product Designer",
            does: "Led design for public services, from first interview to the last printed letter.",
            tasks: &[
                "Interviewed {60-120} citizens at kitchen tables and counters",
                "Brought the completion rate of a benefit form from {52-64} to {81-93} percent",
                "Set up a design review that writes down what was decided and why",
                "Made all templates meet the accessibility standard",
                "Coached {3-6} junior designers",
            ],
        },
        Rung {
            position: "Design Lead",
            does: "Lead a studio of {5-11} designers and researchers.",
            tasks: &[
                "Won {6-12} public tenders in two years",
                "Keep a design system used by {9-16} agencies",
                "Pair every designer with a developer for the length of a project",
                "Teach a yearly workshop on forms at the art school",
                "Publish all research summaries in plain language",
            ],
        },
    ],
    skills: &[
        ("Interface design", "Expert", &["prototyping", "design systems", "accessibility"]),
        ("Typography", "Expert", &["book design", "variable fonts", "multilingual setting"]),
        ("Research", "Advanced", &["interviews", "usability tests", "service maps"]),
        ("Front end", "Proficient", &["HTML", "CSS", "SVG"]),
    ],
    certificates: &[(6, "Web Accessibility Specialist", "Association for Accessible Design")],
    awards: &[
        Award {
            after: 3,
            title: "Most Beautiful Books, shortlist",
            awarder: "Book Arts Foundation",
            summary: "For a cookbook set in two languages and one colour.",
        },
        Award {
            after: 8,
            title: "Public Service Design Award",
            awarder: "Design Council of the Region",
            summary: "For a form that {81-93} percent of people now finish.",
        },
    ],
    publications: &[Publication {
        after: 7,
        name: "Forms Are Conversations",
        publisher: "Margin Press",
        url: "https://margin.example.com/forms",
        summary: "An essay on questions that institutions should not ask twice.",
    }],
    projects: &[
        Project {
            after: 4,
            years: 1,
            name: "Column Figures",
            url: "https://figures.example.net",
            description: "A free typeface of figures and signs for tables.",
            highlights: &["Supports {6-12} number systems", "Downloaded {8000-19000} times"],
            keywords: &["type design", "open source"],
            roles: &["Designer"],
            entity: "Self-published",
            kind: "typeface",
        },
        Project {
            after: 7,
            years: 0,
            name: "Letters from the Office",
            url: "https://letters.example.org",
            description: "A growing archive of official letters, rewritten so that they can be understood.",
            highlights: &["{60-140} letters, with the reasons for each change"],
            keywords: &["plain language", "public services"],
            roles: &["Editor", "Designer"],
            entity: "Studio project",
            kind: "archive",
        },
    ],
    volunteering: &[Service {
        after: 5,
        years: 0,
        organization: "Community Print Shop",
        position: "Workshop leader",
        summary: "Letterpress evenings for neighbours and schools.",
        highlights: &["Restored a proof press from 1961"],
    }],
};

pub(super) static PORTFOLIOS: [Portfolio; 3] = [
    Portfolio {
        owner: 19,
        trade: &DESIGN,
        spelled: "김서연 (Kim Seoyeon)",
        home: Home {
            city: "서울",
            country_code: "KR",
            phone: "+1-555-0160",
            url: "https://seoyeon.example.net",
            image: "https://seoyeon.example.net/me.png",
            profiles: &[("Portfolio", "seoyeon", "https://portfolio.example.com/seoyeon")],
            ..HOME
        },
        since: 2013,
        jobs: &[
            job("Paper Crane Studio", "서울", "https://papercrane.example.com", "Graphic studio"),
            job("Haneul Bank", "서울", "https://haneul.example.com", "Retail bank"),
            job("Civic Service Lab", "세종", "https://civic-lab.example.org", "Public design team"),
            job("Studio Corner", "서울", "https://studio-corner.example.net", "Service design studio"),
        ],
        studies: &[Study {
            courses: &["Typography", "Exhibition Design"],
            ..study("Mapo College of Art", "BFA", "Visual Communication", 4)
        }],
        term: Some((3, 2)),
        languages: &[("한국어", "Native speaker"), ("English", "Fluent")],
        interests: &[("Paper", &["hanji", "bookbinding"]), ("Mountains", &[])],
        references: &[("Park Jiho", "She removes things until only the useful ones are left.")],
        variants: &[
            Variant {
                label: "Design Lead",
                tags: &["design", "public-services", "2026"],
                summary: "Designer for print and screen, {years} years between galleries, banks and town halls.",
                shape: SHOWCASE,
                twist: Some(twists::exhibitions),
                ..PLAIN
            },
            Variant {
                label: "Typographer",
                note: " / 글꼴 디자이너",
                tags: &["design", "typography", "draft"],
                summary: "Book and type designer for Hangul and Latin scripts.",
                focus: 1,
                ..PLAIN
            },
        ],
    },
    Portfolio {
        owner: 9,
        trade: &DESIGN,
        spelled: "佐藤 美咲 / Misaki Sato",
        home: Home {
            postal_code: "000-0000",
            city: "金沢市",
            region: "石川県",
            country_code: "JP",
            phone: "+1-555-0161",
            ..HOME
        },
        since: 2015,
        jobs: &[
            job("Kaga Print Works", "金沢市", "https://kaga-print.example.com", "Printer and publisher"),
            job("Tsubame Mobile", "東京", "https://tsubame.example.com", "Payment app"),
            job(
                "Hokuriku Design Office",
                "金沢市",
                "https://hokuriku-design.example.net",
                "Regional design office",
            ),
        ],
        studies: &[study("Noto University of Arts", "学士", "Product Design", 4)],
        // The Japanese school year.
        term: Some((4, 3)),
        languages: &[("日本語", "Native speaker"), ("English", "Intermediate")],
        interests: &[("Ceramics", &["Kutani glazes"]), ("Gardening", &["moss"])],
        references: &[("山本 健", "Patient with material and with people.")],
        variants: &[
            Variant {
                label: "Senior Product Designer",
                tags: &["design", "accessibility", "2026"],
                summary: "Product designer with {years} years in print and payment apps, now for the towns of her region.",
                shape: FULL,
                ..PLAIN
            },
            Variant {
                label: "プロダクトデザイナー",
                note: " (short)",
                tags: &["design", "日本語", "short"],
                summary: "印刷と画面の両方で{years}年。使う人に会ってから設計します。",
                shape: SHORT,
                focus: 2,
                ..PLAIN
            },
        ],
    },
    Portfolio {
        owner: 15,
        trade: &DESIGN,
        spelled: "Layla Haddad – ليلى حداد",
        home: Home {
            city: "Amman",
            country_code: "JO",
            phone: "+1-555-0162",
            url: "https://layla.example.net",
            profiles: &[("Portfolio", "laylahaddad", "https://portfolio.example.com/laylahaddad")],
            ..HOME
        },
        since: 2014,
        jobs: &[
            job("Jasmine Books", "بيروت", "https://jasmine-books.example.com", "Children’s books"),
            job("Petra Pay", "Amman", "https://petrapay.example.com", "Mobile wallet"),
            job("Petra Pay", "Amman", "https://petrapay.example.com", "Mobile wallet"),
            job(
                "Two Directions",
                "Amman",
                "https://two-directions.example.net",
                "Studio for bilingual products",
            ),
        ],
        studies: &[Study {
            score: "Distinction",
            ..study("Cedar Institute of Design", "Bachelor", "Graphic Design", 4)
        }],
        term: None,
        languages: &[("العربية", "Native speaker"), ("English", "Fluent"), ("Français", "Fluent")],
        interests: &[("Calligraphy", &["Diwani", "Kufic"]), ("Chess", &[])],
        references: &[("Omar Khalil", "Right to left or left to right, her screens read well.")],
        variants: &[
            Variant {
                label: "Bilingual Product Designer",
                tags: &["design", "arabic", "rtl", "2026"],
                summary: "I design products that work in two directions. {years} years of Arabic and Latin interfaces, from picture books to mobile wallets.",
                shape: SHOWCASE,
                focus: 1,
                ..PLAIN
            },
            Variant {
                label: "Design Lead",
                note: " (2023)",
                as_of: 2023,
                tags: &["design", "archive", "2023"],
                summary: "Designer and team lead with {years} years in publishing and payments.",
                ..PLAIN
            },
        ],
    },
];
