//! Cooking, in French.

use super::super::portfolio::{
    Award, CRAFT, FULL, HOME, Home, PLAIN, Portfolio, Project, Publication, Rung, SHORT, Service, Study,
    Tongue, Trade, Variant, job, study,
};
use super::super::twists;

static CUISINE: Trade = Trade {
    tongue: Tongue::French,
    ladder: &[
        Rung {
            position: "Commis de cuisine",
            does: "Mise en place et garnitures pour {60-110} couverts par service.",
            tasks: &[
                "Préparation des légumes, des fonds et des sauces de base",
                "Réception et contrôle des livraisons chaque matin",
                "Tenue du plan de nettoyage et des relevés de température",
                "Rotation complète sur les {4-6} postes de la brigade",
            ],
        },
        Rung {
            position: "Cheffe de partie",
            does: "Responsable du poste poissons, puis du garde-manger.",
            tasks: &[
                "Achats directs auprès de {8-15} pêcheurs et maraîchers",
                "Pertes réduites de {20-40} % grâce à des fiches techniques précises",
                "Formation de {4-9} apprentis, tous diplômés",
                "Création de {12-25} plats inscrits à la carte",
                "Remplacement du sous-chef pendant ses congés",
            ],
        },
        Rung {
            position: "Sous-cheffe",
            does: "Seconde d’une brigade de {9-16} personnes, deux services par jour.",
            tasks: &[
                "Plannings équitables : deux jours de repos consécutifs pour chacun",
                "Coût matière ramené de {33-37} à {26-29} %",
                "Ouverture d’une terrasse de {40-70} places",
                "Carte végétale proposée chaque jour, choisie par un tiers des clients",
                "Contrôles d’hygiène passés sans remarque",
            ],
        },
        Rung {
            position: "Cheffe de cuisine",
            does: "Direction de la cuisine, de la carte et des achats d’une maison de {45-80} couverts.",
            tasks: &[
                "Carte changée {6-10} fois par an, au rythme des producteurs",
                "Équipe stable : {2-4} départs en trois ans",
                "Budget annuel de {400000-900000} euros tenu",
                "Compost et potager : {300-700} kilos de légumes par an",
                "Ateliers pour les enfants des écoles voisines",
            ],
        },
    ],
    skills: &[
        ("Cuisine", "Experte", &["poissons", "sauces", "cuisson lente", "fermentation"]),
        ("Gestion", "Confirmée", &["coût matière", "achats", "plannings"]),
        ("Hygiène", "Confirmée", &["HACCP", "traçabilité", "allergènes"]),
        ("Transmission", "Confirmée", &["apprentis", "ateliers", "fiches techniques"]),
    ],
    certificates: &[
        (2, "Formation HACCP", "Institut de l’hygiène alimentaire"),
        (6, "Maître d’apprentissage", "Chambre des métiers de la vallée"),
    ],
    awards: &[Award {
        after: 8,
        title: "Table de l’année",
        awarder: "Guide des petites maisons",
        summary: "Pour une carte où {70-95} % des produits viennent de moins de cinquante kilomètres.",
    }],
    publications: &[Publication {
        after: 9,
        name: "Cuisiner les restes du marché",
        publisher: "Éditions de la Louche",
        url: "https://louche.example.net/restes",
        summary: "{60-110} recettes pour ce que les étals n’ont pas vendu.",
    }],
    projects: &[Project {
        after: 7,
        years: 0,
        name: "La cantine du jeudi",
        url: "https://cantine-jeudi.example.org",
        description: "Un repas à prix libre, préparé avec les invendus du marché.",
        highlights: &["{60-120} repas chaque semaine", "Une brigade de bénévoles formés sur place"],
        keywords: &["anti-gaspillage", "quartier"],
        roles: &["Fondatrice"],
        entity: "Association du quartier",
        kind: "association",
    }],
    volunteering: &[Service {
        after: 5,
        years: 3,
        organization: "École du goût",
        position: "Intervenante",
        summary: "Ateliers de cuisine dans {4-9} écoles primaires.",
        highlights: &["Un livret de recettes dessiné par les enfants"],
    }],
};

pub(super) static PORTFOLIOS: [Portfolio; 2] = [
    Portfolio {
        owner: 11,
        trade: &CUISINE,
        spelled: "Élodie Lefèvre",
        home: Home {
            address: "12 rue des Tanneurs",
            city: "Valence",
            region: "Drôme",
            country_code: "FR",
            phone: "+1-555-0180",
            url: "https://elodie.example.net",
            ..HOME
        },
        since: 2011,
        jobs: &[
            job("Hôtel du Pont Neuf", "Lyon", "https://pontneuf.example.com", "Hôtel-restaurant"),
            job("Le Grand Large", "Sète", "https://grandlarge.example.com", "Restaurant de poissons"),
            job(
                "Maison Vercors",
                "Grenoble",
                "https://maisonvercors.example.net",
                "Restaurant gastronomique",
            ),
            job("La Table d’Élodie", "Valence", "https://table-elodie.example.net", "Restaurant de quartier"),
        ],
        studies: &[
            study("Lycée hôtelier du Rhône", "CAP", "Cuisine", 2),
            Study {
                score: "Mention bien",
                courses: &["Cuisine", "Gestion", "Sciences appliquées"],
                ..study("Lycée hôtelier du Rhône", "Brevet professionnel", "Arts de la cuisine", 2)
            },
        ],
        term: Some((9, 6)),
        languages: &[("Français", "Langue maternelle"), ("Anglais", "Courant"), ("Italien", "Notions")],
        interests: &[("Potager", &["tomates anciennes", "compost"]), ("Randonnée", &["Vercors"])],
        references: &[
            ("Bernard Chazal", "Elle goûte tout, et deux fois."),
            ("Nadia Belkacem", "Dans sa cuisine, personne ne crie."),
        ],
        variants: &[
            Variant {
                label: "Cheffe de cuisine",
                tags: &["cuisine", "français", "2026"],
                summary: "Cheffe de cuisine, {years} ans de métier entre Lyon, Sète et le Vercors. Une carte courte, des produits proches, une équipe qui dure.",
                shape: FULL,
                ..PLAIN
            },
            Variant {
                label: "Cheffe de cuisine",
                note: " (avec carte)",
                tags: &["cuisine", "carte", "français"],
                summary: "Des plats simples en apparence, patients en vérité.",
                shape: CRAFT,
                twist: Some(twists::signature_dishes),
                ..PLAIN
            },
            Variant {
                label: "Consultante en restauration",
                note: ", brouillon",
                tags: &["conseil", "français", "draft"],
                summary: "J’aide les petites maisons à tenir leurs coûts sans perdre leur goût.",
                shape: SHORT,
                focus: 1,
                ..PLAIN
            },
            Variant {
                label: "Sous-cheffe",
                note: " (2019)",
                as_of: 2019,
                tags: &["cuisine", "archive", "2019"],
                summary: "Sous-cheffe, {years} ans d’expérience en brigade.",
                ..PLAIN
            },
        ],
    },
    Portfolio {
        owner: 23,
        trade: &CUISINE,
        spelled: "Camille N’Diaye",
        home: Home {
            city: "Marseille",
            country_code: "FR",
            phone: "+1-555-0181",
            profiles: &[("Photos", "camille.cuisine", "https://photos.example.com/camille.cuisine")],
            ..HOME
        },
        since: 2017,
        jobs: &[
            job("Brasserie de la Joliette", "Marseille", "https://joliette.example.com", "Brasserie"),
            job("Chez Awa", "Dakar", "https://chezawa.example.org", "Restaurant de la Corniche"),
            job(
                "Cuisine centrale du Port",
                "Marseille",
                "https://cuisine-port.example.org",
                "Restauration scolaire",
            ),
        ],
        studies: &[Study {
            score: "Mention très bien",
            ..study("École hôtelière de la Bonne-Mère", "Baccalauréat professionnel", "Cuisine", 3)
        }],
        term: Some((9, 6)),
        languages: &[("Français", "Langue maternelle"), ("Wolof", "Courant"), ("Anglais", "Intermédiaire")],
        interests: &[("Musique", &["kora", "chant"]), ("Voile", &[])],
        references: &[("Awa Sarr", "Camille a appris ma cuisine et m’a rendu la sienne.")],
        variants: &[
            Variant {
                label: "Sous-cheffe",
                note: ", restauration scolaire",
                tags: &["cuisine", "collectivité", "français", "2026"],
                summary: "Cuisinière depuis {years} ans, de la brasserie à la cantine, de Marseille à Dakar et retour.",
                shape: CRAFT,
                focus: 2,
                ..PLAIN
            },
            Variant {
                label: "Cuisinière",
                note: " (une page)",
                tags: &["cuisine", "français", "short"],
                summary: "Cuisine de la Méditerranée et d’Afrique de l’Ouest.",
                shape: SHORT,
                ..PLAIN
            },
        ],
    },
];
