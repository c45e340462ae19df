//! Checks that the public API returns what is stored.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

use vitae_sdk::{Client, Deleted, UserId};

use super::{open, texts};

/// Returns every difference between the stored data and the responses to an administrator.
///
/// Call it when all consumers have caught up and there are no writers.
pub(crate) async fn inconsistencies(client: &Client, data: &Path) -> Vec<String> {
    let stored = |sql: &str| -> BTreeMap<String, String> {
        let rows = texts(&open(data), sql);
        rows.iter().filter_map(|row| row.split_once(' ')).map(|(id, rest)| (id.into(), rest.into())).collect()
    };
    let mut inconsistencies = Vec::new();

    let mut people = BTreeMap::new();
    let mut list = client.users().list().deleted(Deleted::Include).limit(500).stream();
    while let Some(user) = list.next().await {
        let user = user.unwrap();
        let gone = i32::from(user.deleted_at.is_some());
        let shown = format!("{} {} {gone} {}", user.version, user.role.as_str(), user.name.as_str());
        people.insert(plain(&user.id), shown);
    }
    let sql = "SELECT lower(hex(id)) || ' ' || version || ' ' || role || ' ' || (deleted_at IS NOT NULL)
                   || ' ' || name FROM users.users";
    compare("GET /v1/users", &people, &stored(sql), &mut inconsistencies);

    let mut resumes = BTreeMap::new();
    let mut list = client.resumes().list().deleted(Deleted::Include).limit(500).stream();
    while let Some(resume) = list.next().await {
        let resume = resume.unwrap();
        let owner = resume.owner.name.as_ref().map_or("", |name| name.as_str());
        let gone = i32::from(resume.deleted_at.is_some());
        let shown = format!("{} {gone} {owner} | {}", resume.revision, resume.title.as_str());
        resumes.insert(plain(&resume.id), shown);
    }
    // Names as the users service has them: a stale copy is seen here.
    let sql = "SELECT lower(hex(r.id)) || ' ' || revision || ' ' || (r.deleted_at IS NOT NULL) || ' ' || name
                   || ' | ' || title FROM resumes.resumes AS r JOIN users.users AS u ON u.id = owner_id";
    compare("GET /v1/resumes", &resumes, &stored(sql), &mut inconsistencies);

    let mut entries = BTreeMap::new();
    let mut list = client.audit().list().limit(500).stream();
    while let Some(entry) = list.next().await {
        let entry = entry.unwrap();
        entries.insert(plain(&entry.event_id), format!("{} {}", entry.action, entry.sequence));
    }
    let sql = "SELECT lower(hex(event_id)) || ' ' || action || ' ' || sequence FROM audit.entries";
    compare("GET /v1/audit", &entries, &stored(sql), &mut inconsistencies);

    let sql =
        "SELECT lower(hex(user_id)) || ' ' || sum(revoked_at IS NULL) FROM auth.sessions GROUP BY user_id";
    let live = stored(sql);
    let mut sessions = BTreeMap::new();
    for id in live.keys() {
        let user = UserId::from_bytes(u128::from_str_radix(id, 16).unwrap().to_be_bytes());
        let listed = client.users().sessions(user).await.unwrap();
        sessions.insert(id.clone(), listed.len().to_string());
    }
    compare("GET /v1/users/{id}/sessions", &sessions, &live, &mut inconsistencies);
    inconsistencies
}

fn compare<V: PartialEq + Debug>(
    route: &str,
    shown: &BTreeMap<String, V>,
    stored: &BTreeMap<String, V>,
    inconsistencies: &mut Vec<String>,
) {
    let ids = shown.keys().chain(stored.keys());
    let differing: Vec<_> = ids.filter(|id| shown.get(*id) != stored.get(*id)).collect();
    if let Some(id) = differing.first() {
        let (shown, stored, number) = (shown.get(*id), stored.get(*id), differing.len());
        inconsistencies.push(format!(
            "{route} returns {shown:?} for {id}, the file contains {stored:?} ({number} in all)"
        ));
    }
}

fn plain(id: &impl ToString) -> String {
    id.to_string().replace('-', "")
}
