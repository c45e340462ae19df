//! Logistics, in Spanish.

use super::super::portfolio::{
    Award, CRAFT, FULL, HOME, Home, PLAIN, Portfolio, Project, Rung, SHORT, Service, Study, Tongue, Trade,
    Variant, job, study,
};

static LOGISTICA: Trade = Trade {
    tongue: Tongue::Spanish,
    ladder: &[
        Rung {
            position: "Auxiliar de almacén",
            does: "Recepción, ubicación y preparación de pedidos en un almacén de {4000-9000} metros cuadrados.",
            tasks: &[
                "Preparación de {90-160} líneas por hora con lector de mano",
                "Control de entradas y registro de incidencias con fotografías",
                "Inventario rotativo con una diferencia inferior al {1-2} por mil",
                "Formación de {4-9} compañeros de temporada",
            ],
        },
        Rung {
            position: "Planificación de transporte",
            does: "Diseño diario de {25-60} rutas de reparto en {3-7} provincias.",
            tasks: &[
                "Ocupación media de los camiones del {70-78} al {86-94} por ciento",
                "Negociación de tarifas con {15-35} transportistas",
                "Entregas fallidas reducidas en un {25-45} por ciento con avisos por teléfono",
                "Plan de invierno para puertos de montaña cerrados",
                "Seguimiento de la flota y de los tiempos de descanso",
            ],
        },
        Rung {
            position: "Coordinación de cadena de suministro",
            does: "Previsión y reposición de {2000-7000} referencias.",
            tasks: &[
                "Valor del inventario reducido en un {10-22} por ciento sin roturas",
                "Cuadro de mando de proveedores consultado cada mañana",
                "Apertura de un almacén regional en {5-9} meses",
                "Datos maestros depurados: {600-1800} duplicados eliminados",
                "Auditorías de calidad superadas sin observaciones",
            ],
        },
        Rung {
            position: "Dirección de logística",
            does: "Dirección de {3-6} almacenes y de un equipo de {80-170} personas.",
            tasks: &[
                "Pedidos completos y a tiempo: {96-99} por ciento",
                "Paso al ferrocarril del {20-40} por ciento de la larga distancia",
                "Presupuesto anual de {6-15} millones",
                "Turnos acordados con la plantilla con {4-6} semanas de antelación",
                "Sin accidentes graves desde hace {500-1200} días",
            ],
        },
    ],
    skills: &[
        ("Transporte", "Experto", &["rutas", "aduanas", "mercancías peligrosas"]),
        ("Almacén", "Avanzado", &["ubicaciones", "inventarios", "prevención de riesgos"]),
        ("Análisis", "Avanzado", &["SQL", "previsión", "hojas de cálculo"]),
        ("Equipo", "Avanzado", &["turnos", "formación", "negociación"]),
    ],
    certificates: &[
        (1, "Carné de carretillero", "Instituto de Seguridad en el Trabajo"),
        (5, "Consejero de seguridad de mercancías peligrosas", "Cámara del Transporte"),
    ],
    awards: &[Award {
        after: 9,
        title: "Premio a la logística sostenible",
        awarder: "Cámara del Transporte",
        summary: "Por retirar {15-35} camiones diarios de la carretera.",
    }],
    publications: &[],
    projects: &[Project {
        after: 6,
        years: 2,
        name: "Última legua",
        url: "https://ultima-legua.example.org",
        description: "Reparto en bicicleta desde microalmacenes de barrio.",
        highlights: &["{200-600} entregas diarias", "Contratos estables para {12-25} repartidores"],
        keywords: &["reparto urbano", "bicicleta"],
        roles: &["Responsable"],
        entity: "Ayuntamiento y comercios",
        kind: "proyecto piloto",
    }],
    volunteering: &[Service {
        after: 4,
        years: 0,
        organization: "Banco de alimentos",
        position: "Responsable de rutas",
        summary: "Recogida de excedentes en {10-20} mercados.",
        highlights: &["{30-80} toneladas al año"],
    }],
};

pub(super) static PORTFOLIOS: [Portfolio; 2] = [
    Portfolio {
        owner: 12,
        trade: &LOGISTICA,
        spelled: "María José Núñez Íñiguez",
        home: Home {
            city: "Zaragoza",
            region: "Aragón",
            country_code: "ES",
            phone: "+1-555-0190",
            url: "https://mjnunez.example.com",
            profiles: &[("Red profesional", "mjnunez", "https://network.example.com/in/mjnunez")],
            ..HOME
        },
        since: 2009,
        jobs: &[
            job("Conservas Moncayo", "Tarazona", "https://moncayo.example.com", "Conservas vegetales"),
            job(
                "Transportes Ebro Vivo",
                "Zaragoza",
                "https://ebrovivo.example.com",
                "Transporte por carretera",
            ),
            job("Farmacias Unidas del Norte", "Logroño", "https://farmanorte.example.org", "Cooperativa"),
            job("Mercado Cierzo", "Zaragoza", "https://cierzo.example.net", "Cadena de supermercados"),
        ],
        studies: &[
            Study {
                score: "8,4",
                courses: &["Investigación operativa", "Derecho del transporte", "Estadística"],
                ..study("Universidad del Valle del Ebro", "Grado", "Administración de Empresas", 4)
            },
            study("Escuela de Logística de Aragón", "Máster", "Cadena de suministro", 1),
        ],
        term: Some((9, 6)),
        languages: &[("Español", "Lengua materna"), ("Inglés", "C1"), ("Francés", "B1")],
        interests: &[("Montaña", &["Pirineo", "esquí de fondo"]), ("Jota", &["baile"])],
        references: &[
            ("Pilar Lacasa", "Con ella los camiones salen llenos y a su hora."),
            ("Íñigo Sáenz", "Escucha primero al almacén y después a la hoja de cálculo."),
        ],
        variants: &[
            Variant {
                label: "Directora de logística",
                tags: &["logística", "español", "2026"],
                summary: "Directora de logística con {years} años en alimentación y farmacia.",
                shape: FULL,
                focus: 3,
                ..PLAIN
            },
            Variant {
                label: "Consultora de cadena de suministro",
                tags: &["logística", "español", "draft"],
                summary: "Acompaño a cooperativas y pequeñas cadenas en la planificación de sus almacenes y rutas.",
                focus: 2,
                ..PLAIN
            },
            Variant {
                label: "Coordinadora de suministro",
                note: " (2018)",
                as_of: 2018,
                tags: &["logística", "archive", "2018"],
                summary: "Coordinadora con {years} años de experiencia en transporte y almacén.",
                ..PLAIN
            },
        ],
    },
    Portfolio {
        owner: 24,
        trade: &LOGISTICA,
        spelled: "Mateo Quispe Mamani",
        home: Home { city: "La Paz", country_code: "BO", phone: "+1-555-0191", ..HOME },
        since: 2016,
        jobs: &[
            job(
                "Quinua Altiplano",
                "Oruro",
                "https://quinua-altiplano.example.org",
                "Cooperativa exportadora",
            ),
            job("Caminos del Illimani", "El Alto", "https://illimani.example.com", "Transporte de carga"),
            job("Red de Salud Andina", "La Paz", "https://salud-andina.example.org", "Suministros médicos"),
        ],
        studies: &[Study {
            courses: &["Comercio exterior", "Gestión de almacenes"],
            ..study("Universidad del Altiplano Central", "Licenciatura", "Ingeniería Comercial", 5)
        }],
        term: None,
        languages: &[("Español", "Lengua materna"), ("Aymar aru", "Lengua materna"), ("Inglés", "B1")],
        interests: &[("Música", &["charango"]), ("Fútbol", &["arquero"])],
        references: &[("Lidia Condori", "Llevó medicinas adonde no llega el camino.")],
        variants: &[
            Variant {
                label: "Coordinador de suministros",
                note: " médicos",
                tags: &["logística", "salud", "español", "2026"],
                summary: "Ingeniero comercial con {years} años en exportación, transporte y salud, siempre por encima de los 3.500 metros.",
                shape: CRAFT,
                ..PLAIN
            },
            Variant {
                label: "Planificador de transporte",
                note: ", breve",
                tags: &["logística", "español", "short"],
                summary: "Rutas de altura, carga completa, entregas a tiempo.",
                shape: SHORT,
                ..PLAIN
            },
        ],
    },
];
