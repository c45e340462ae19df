//! `/openapi.json`: the routes with the schemas of the public bodies.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};
use vitae_contracts_core::{Code, Role, limits};
use vitae_contracts_gateway as public;

use crate::access::Access;
use crate::router::{Route, routes};

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const NDJSON: &str = "application/x-ndjson";

/// The description of a route, in addition to the table of routes.
struct Operation {
    route: &'static str,
    summary: &'static str,
    query: &'static [&'static str],
    body: Option<(&'static str, &'static str)>,
    answer: (u16, Option<(&'static str, &'static str)>),
}

const fn operation(
    route: &'static str,
    summary: &'static str,
    query: &'static [&'static str],
    body: Option<(&'static str, &'static str)>,
    answer: (u16, Option<(&'static str, &'static str)>),
) -> Operation {
    Operation { route, summary, query, body, answer }
}

const USERS: &[&str] = &[
    "limit",
    "cursor",
    "skip",
    "q",
    "role",
    "status",
    "sort",
    "deleted",
    "email",
    "similar",
    "external_id",
    LABEL,
    "count",
];
/// The one parameter that may be repeated.
const LABEL: &str = "label";
const RESUMES: &[&str] =
    &["limit", "cursor", "skip", "q", "owner_id", "tag", "title", "sort", "deleted", "count"];
const EXPORT: &[&str] = &["q", "owner_id", "tag", "title", "sort", "deleted"];
const AUDIT: &[&str] = &["limit", "cursor", "actor_id", "action", "object_id", "since", "until", "sort"];
const REVISIONS: &[&str] = &["limit", "cursor", "sort"];
const NONE: (u16, Option<(&str, &str)>) = (204, None);

const fn returns(schema: &'static str) -> (u16, Option<(&'static str, &'static str)>) {
    (200, Some((JSON, schema)))
}

#[expect(clippy::unnecessary_wraps, reason = "the column of the table is optional")]
const fn accepts(schema: &'static str) -> Option<(&'static str, &'static str)> {
    Some((JSON, schema))
}

#[rustfmt::skip]
const OPERATIONS: &[Operation] = &[
    operation("POST /v1/auth/login", "Log in with e-mail and password", &[], accepts("Login"), returns("Tokens")),
    operation("POST /v1/auth/refresh", "Exchange a refresh token for new tokens", &[], accepts("Refresh"), returns("Tokens")),
    operation("POST /v1/auth/logout", "Log out", &[], accepts("RefreshToken"), NONE),
    operation("GET /v1/me", "Get the caller", &[], None, returns("User")),
    operation("PUT /v1/me/password", "Change the caller's password", &[], accepts("ChangePassword"), NONE),
    operation("GET /v1/me/sessions", "List the caller's sessions", &[], None, returns("SessionPage")),
    operation("DELETE /v1/me/sessions/{id}", "End a session of the caller", &[], None, NONE),
    operation("GET /v1/users", "List people", USERS, None, returns("UserPage")),
    operation("POST /v1/users", "Create a person", &[], accepts("CreateUser"), (201, Some((JSON, "User")))),
    operation("GET /v1/users/{id}", "Get a person", &[], None, returns("User")),
    operation("PATCH /v1/users/{id}", "Update a person", &[], accepts("UpdateUser"), returns("User")),
    operation("DELETE /v1/users/{id}", "Delete a person; they can be restored", &[], None, NONE),
    operation("POST /v1/users/{id}/disable", "Disable a person: end their sessions and reject logins", &[], None, returns("User")),
    operation("POST /v1/users/{id}/enable", "Enable a disabled person", &[], None, returns("User")),
    operation("POST /v1/users/{id}/restore", "Restore a deleted person", &[], None, returns("User")),
    operation("PUT /v1/users/{id}/password", "Set a person's password", &[], accepts("SetPassword"), NONE),
    operation("GET /v1/users/{id}/sessions", "List a person's sessions", &[], None, returns("SessionPage")),
    operation("DELETE /v1/users/{id}/sessions", "End a person's sessions", &[], None, NONE),
    operation("GET /v1/resumes", "List resumes without their documents", RESUMES, None, returns("ResumePage")),
    operation("POST /v1/resumes", "Create a resume", &[], accepts("CreateResume"), (201, Some((JSON, "Resume")))),
    operation("GET /v1/resumes/export", "Export resumes with documents as a stream; it breaks off when the token expires or the session ends", EXPORT, None, (200, Some((NDJSON, "ExportLine")))),
    operation("POST /v1/resumes/import", "Import resumes, one per line; ends with invalid_token when the token expires or the session ends", &["owner_id", "tag"], Some((NDJSON, "ExportLine")), (200, Some((NDJSON, "ImportResult")))),
    operation("GET /v1/resumes/{id}", "Get a resume", &[], None, returns("Resume")),
    operation("PUT /v1/resumes/{id}", "Replace a resume", &[], accepts("ReplaceResume"), returns("Resume")),
    operation("PATCH /v1/resumes/{id}", "Update a resume with a merge patch (RFC 7396)", &[], Some((MERGE_PATCH, "ReplaceResume")), returns("Resume")),
    operation("DELETE /v1/resumes/{id}", "Delete a resume; it can be restored", &[], None, NONE),
    operation("POST /v1/resumes/{id}/restore", "Restore a deleted resume", &[], None, returns("ResumeSummary")),
    operation("POST /v1/resumes/{id}/purge", "Delete a deleted resume permanently", &[], None, NONE),
    operation("GET /v1/resumes/{id}/revisions", "List the revisions of a resume, by default newest first", REVISIONS, None, returns("RevisionPage")),
    operation("GET /v1/resumes/{id}/revisions/{revision}", "Get a revision of a resume", &[], None, returns("Revision")),
    operation("GET /v1/events", "Stream events (server-sent events)", &["heartbeat"], None, (200, Some(("text/event-stream", "EventData")))),
    operation("GET /v1/audit", "List entries of the audit log, by default newest first", AUDIT, None, returns("EntryPage")),
    operation("GET /v1/stats", "Get statistics of all people and resumes", &[], None, returns("Stats")),
    operation("GET /.well-known/jwks.json", "Get the keys that verify access tokens", &[], None, (200, Some(("application/jwk-set+json", "Object")))),
    operation("GET /openapi.json", "Get this description", &[], None, returns("Object")),
    operation("GET /livez", "Check whether the process responds and all its threads are alive", &[], None, returns("Object")),
    operation("GET /readyz", "Check whether every service responds", &[], None, returns("Object")),
    operation("GET /metrics", "Get the metrics in the format of Prometheus", &[], None, (200, Some(("text/plain", "Text")))),
];

/// Returns the description; it is generated once.
pub(crate) fn document() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| describe().to_string())
}

fn describe() -> Value {
    let mut paths = Map::new();
    for route in routes() {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_lowercase()] = describe_route(&route);
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Vitae", "version": env!("CARGO_PKG_VERSION"), "description": "People and their resumes." },
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
        },
    })
}

fn describe_route(route: &Route) -> Value {
    let name = format!("{} {}", route.method, route.path);
    let Some(operation) = OPERATIONS.iter().find(|operation| operation.route == name) else {
        return json!({});
    };
    let content = |(media_type, schema): (&str, &str)| {
        let schema = match schema {
            "Object" => json!({ "type": "object" }),
            "Text" => json!({ "type": "string" }),
            name => reference(name),
        };
        json!({ media_type: { "schema": schema } })
    };
    let (status, answer) = operation.answer;
    let mut success = json!({ "description": operation.summary });
    if let Some(answer) = answer {
        success["content"] = content(answer);
    }
    let problem = json!({
        "description": "Error",
        "content": { "application/problem+json": { "schema": reference("Problem") } },
    });
    let mut described = json!({
        "summary": operation.summary,
        "operationId": operation_id(route),
        "parameters": parameters(route, operation),
        "responses": { status.to_string(): success, "default": problem },
    });
    if let Some(body) = operation.body {
        described["requestBody"] = json!({ "required": true, "content": content(body) });
    }
    let audience = match route.access {
        Access::Always | Access::Open => None,
        Access::Account => {
            Some("every logged-in user, even while they must change their password".to_owned())
        }
        Access::Roles(roles) => Some(roles.iter().map(Role::as_str).collect::<Vec<_>>().join(", ")),
    };
    if let Some(audience) = audience {
        described["security"] = json!([{ "bearer": [] }]);
        described["description"] = format!("Access: {audience}.").into();
    }
    described
}

fn parameters(route: &Route, operation: &Operation) -> Vec<Value> {
    let named = |place: &str, name: &str, required: bool| json!({ "in": place, "name": name, "required": required, "schema": { "type": "string" } });
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<_> = in_path.map(|name| named("path", name, true)).collect();
    parameters.extend(operation.query.iter().map(|name| match *name {
        LABEL => label_parameter(),
        name => named("query", name, false),
    }));
    if route.path.contains("{id}")
        && matches!(route.method.as_str(), "PUT" | "PATCH")
        && !route.path.ends_with("password")
    {
        parameters.push(named("header", "If-Match", true));
    }
    parameters
}

fn label_parameter() -> Value {
    json!({
        "in": "query",
        "name": LABEL,
        "required": false,
        "description": "Only people with this label: key=value, or key for any value. May be repeated; all must match.",
        "schema": { "type": "array", "maxItems": limits::LABEL_FILTERS, "items": { "type": "string" } },
        "explode": true,
    })
}

/// Returns the operation id: `get_v1_users_id` for `GET /v1/users/{id}`.
fn operation_id(route: &Route) -> String {
    let name = format!("{} {}", route.method, route.path).to_lowercase();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    add::<public::Problem>(&mut schemas, "Problem");
    add::<public::Login>(&mut schemas, "Login");
    add::<public::Refresh>(&mut schemas, "Refresh");
    add::<public::RefreshToken>(&mut schemas, "RefreshToken");
    add::<public::Tokens>(&mut schemas, "Tokens");
    add::<public::SessionPage>(&mut schemas, "SessionPage");
    add::<public::ChangePassword>(&mut schemas, "ChangePassword");
    add::<public::SetPassword>(&mut schemas, "SetPassword");
    add::<public::User>(&mut schemas, "User");
    add::<public::CreateUser>(&mut schemas, "CreateUser");
    add::<public::UpdateUser>(&mut schemas, "UpdateUser");
    add::<public::Page<public::User>>(&mut schemas, "UserPage");
    add::<public::Resume>(&mut schemas, "Resume");
    add::<public::ResumeSummary>(&mut schemas, "ResumeSummary");
    add::<public::CreateResume>(&mut schemas, "CreateResume");
    add::<public::ReplaceResume>(&mut schemas, "ReplaceResume");
    add::<public::Page<public::ResumeSummary>>(&mut schemas, "ResumePage");
    add::<public::Revision>(&mut schemas, "Revision");
    add::<public::RevisionHead>(&mut schemas, "RevisionHead");
    add::<public::Page<public::RevisionHead>>(&mut schemas, "RevisionPage");
    add::<public::Entry>(&mut schemas, "Entry");
    add::<public::Page<public::Entry>>(&mut schemas, "EntryPage");
    add::<public::SessionEvent>(&mut schemas, "SessionEvent");
    add::<public::EventData>(&mut schemas, "EventData");
    add::<public::ExportLine>(&mut schemas, "ExportLine");
    add::<public::ImportResult>(&mut schemas, "ImportResult");
    add::<public::Stats>(&mut schemas, "Stats");
    // Last: schemas that refer to this one add it again.
    if let Some(code) = schemas.get_mut("Problem").and_then(|schema| schema.pointer_mut("/properties/code")) {
        code["description"] = describe_codes().into();
    }
    schemas
}

/// Returns the description of error codes, each with its HTTP status and title.
fn describe_codes() -> String {
    let line = |code: &Code| format!("\n- `{code}` ({}): {}", code.http_status(), code.title());
    format!("The stable error code:\n{}", Code::ALL.iter().map(line).collect::<String>())
}

fn add<T: ToSchema + PartialSchema>(schemas: &mut Map<String, Value>, name: &str) {
    let mut referred = Vec::new();
    T::schemas(&mut referred);
    for (name, schema) in referred.into_iter().chain([(name.to_owned(), T::schema())]) {
        schemas.insert(name, serde_json::to_value(schema).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn description_contains_exactly_the_routes() {
        let mut named: Vec<_> =
            routes().iter().map(|route| format!("{} {}", route.method, route.path)).collect();
        let mut described: Vec<_> = OPERATIONS.iter().map(|operation| operation.route.to_owned()).collect();
        named.sort();
        described.sort();
        assert_eq!(named, described);
    }

    #[test]
    fn every_error_code_is_described() {
        let document = describe();
        let codes =
            document["components"]["schemas"]["Problem"]["properties"]["code"]["description"].as_str();
        for code in Code::ALL {
            assert!(codes.is_some_and(|codes| codes.contains(&format!("`{code}`"))), "{code}");
        }
    }

    #[test]
    fn every_reference_has_a_schema() {
        let document = describe();
        let text = document.to_string();
        for reference in text.split("\"#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(!document["components"]["schemas"][name].is_null(), "{name} has no schema");
        }
    }
}
