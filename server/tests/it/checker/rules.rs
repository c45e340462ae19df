//! The rules of consistency. Each is a query for violations.

/// One invariant of the stores.
pub(super) struct Rule {
    /// The store at fault.
    pub(super) store: &'static str,
    /// The message for violations.
    pub(super) what: &'static str,
    /// A query for all violations.
    pub(super) sql: &'static str,
}

const fn rule(store: &'static str, what: &'static str, sql: &'static str) -> Rule {
    Rule { store, what, sql }
}

/// The tables of `logs.rs`, and those of the services, each under its service's name.
pub(super) const RULES: &[Rule] = &[
    // The logs.
    rule(
        "log",
        "positions are missing",
        // A restore skips more than a million positions.
        "SELECT source || ' ' || position FROM (
             SELECT source, position, lag(position) OVER (PARTITION BY source ORDER BY position) AS before
             FROM events)
         WHERE position - before BETWEEN 2 AND 1 << 20",
    ),
    rule(
        "log",
        "an event exists twice",
        "SELECT lower(hex(event_id)) FROM events GROUP BY event_id HAVING count(*) > 1",
    ),
    rule(
        "log",
        "an event and its payload name different objects",
        "SELECT source || ' ' || position FROM events WHERE source IN ('users', 'resumes')
         AND (json_extract(state, '$[0]') != lower(hex(object_id))
              OR json_extract(state, iif(source = 'users', '$[5]', '$[4]')) != version)",
    ),
    rule(
        "log",
        "an object's versions are not logged once each",
        "SELECT lower(hex(object_id)) FROM events WHERE source IN ('users', 'resumes') GROUP BY object_id
         HAVING count(DISTINCT version) != count(*) OR min(version) != 1 OR max(version) != count(*)",
    ),
    rule(
        "log",
        "the object of an event does not exist",
        "SELECT lower(hex(object_id)) FROM latest
         WHERE source = 'users' AND object_id NOT IN (SELECT id FROM users.users)
         OR source = 'resumes' AND subject NOT LIKE 'resumes.export.%'
         AND object_id NOT IN (SELECT id FROM resumes.resumes)",
    ),
    // The feeds.
    rule(
        "feeds",
        "a consumer's position is beyond the end of the log",
        "SELECT consumer || ' from ' || source FROM positions
         WHERE position > (SELECT coalesce(max(position), 0) FROM events WHERE events.source = positions.source)",
    ),
    rule(
        "feeds",
        "a consumer has confirmed more than it has handled",
        "SELECT name || ' from ' || source FROM (
             SELECT 'users' AS source, name, position FROM users.consumers
             UNION ALL SELECT 'auth', name, position FROM auth.consumers
             UNION ALL SELECT 'resumes', name, position FROM resumes.consumers) AS confirmed
         JOIN positions USING (source) WHERE positions.consumer = name AND confirmed.position > positions.position",
    ),
    // People.
    rule(
        "users",
        "people are counted wrongly",
        "SELECT live || ' and ' || deleted FROM users.user_counts
         WHERE (live, deleted) != (SELECT count(*) - count(deleted_at), count(deleted_at) FROM users.users)",
    ),
    rule(
        "users",
        "labels of a person differ from their searchable rows",
        "SELECT lower(hex(id)) FROM users.users WHERE json(labels) IS NOT (
             SELECT json_group_object(key, value) FROM (
                 SELECT key, value FROM users.user_labels WHERE user_id = users.id ORDER BY key))",
    ),
    rule(
        "resumes",
        "resumes are counted wrongly",
        "SELECT live || ' and ' || deleted FROM resumes.resume_counts
         WHERE (live, deleted) != (SELECT count(*) - count(deleted_at), count(deleted_at) FROM resumes.resumes)",
    ),
    rule(
        "users",
        "a person differs from their last event",
        "SELECT lower(hex(id)) FROM users.users LEFT JOIN latest ON source = 'users' AND object_id = id
         WHERE json_array(lower(hex(id)), email, users.name, role, status, users.version, created_at,
             updated_at, deleted_at, external_id, json(labels)) IS NOT latest.state",
    ),
    rule(
        "users",
        "a person's deletion is not the event that deleted them",
        "SELECT lower(hex(id)) FROM users.users JOIN latest ON source = 'users' AND object_id = id
         WHERE users.deletion_event IS NOT iif(latest.subject = 'users.user.deleted', event_id, NULL)",
    ),
    rule(
        "users",
        "a restore does not name the deletion before it",
        "SELECT lower(hex(object_id)) FROM events AS restored WHERE subject = 'users.user.restored'
         AND deletion_event IS NOT (
             SELECT event_id FROM events AS deleted WHERE deleted.object_id = restored.object_id
             AND deleted.version = restored.version - 1 AND deleted.subject = 'users.user.deleted')",
    ),
    rule(
        "users",
        "there is no active administrator",
        "SELECT 'no active administrator' WHERE NOT EXISTS (
             SELECT 1 FROM users.users WHERE role = 'admin' AND status = 'active' AND deleted_at IS NULL)",
    ),
    // Logins.
    rule(
        "auth",
        "a credential does not have exactly one event",
        "SELECT lower(hex(user_id)) FROM auth.credentials WHERE 1 != (
             SELECT count(*) FROM events WHERE object_id = user_id AND subject = 'auth.credential.created')",
    ),
    rule(
        "auth",
        "a credential is unconfirmed although its person exists",
        "SELECT lower(hex(user_id)) FROM auth.credentials WHERE confirmed = 0 AND user_id IN (
             SELECT object_id FROM known_people WHERE consumer = 'auth')",
    ),
    rule(
        "auth",
        "a credential is confirmed for an unknown person",
        "SELECT lower(hex(user_id)) FROM auth.credentials WHERE confirmed = 1 AND user_id NOT IN (
             SELECT id FROM users.users)",
    ),
    rule(
        "auth",
        "a session has no token",
        "SELECT lower(hex(id)) FROM auth.sessions WHERE id NOT IN (SELECT session_id FROM auth.refresh_tokens)",
    ),
    rule(
        "auth",
        "a session does not have exactly one start event",
        "SELECT lower(hex(id)) FROM auth.sessions WHERE 1 != (
             SELECT count(*) FROM session_events WHERE session_id = id AND subject = 'auth.session.created')",
    ),
    rule(
        "auth",
        "a created session does not exist",
        "SELECT lower(hex(session_id)) FROM session_events
         WHERE session_id NOT IN (SELECT id FROM auth.sessions)",
    ),
    rule(
        "auth",
        "a session and its end event differ",
        "SELECT lower(hex(id)) FROM auth.sessions WHERE iif(revoked_at IS NULL, '', revoked_reason) IS NOT (
             SELECT coalesce(group_concat(reason), '') FROM session_events
             WHERE session_id = id AND subject = 'auth.session.revoked')",
    ),
    rule(
        "auth",
        "a live session of a user who may not log in",
        "SELECT lower(hex(id)) FROM auth.sessions JOIN known_people ON object_id = user_id
         WHERE consumer = 'auth' AND blocked AND revoked_at IS NULL",
    ),
    rule(
        "auth",
        "a session's end has no cause",
        "SELECT lower(hex(id)) FROM auth.sessions WHERE revoked_reason IN ('user_disabled', 'user_deleted')
         AND NOT EXISTS (
             SELECT 1 FROM events JOIN positions USING (source) WHERE consumer = 'auth' AND object_id = user_id
             AND events.position <= positions.position AND subject = replace(revoked_reason, 'user_', 'users.user.'))",
    ),
    // Resumes.
    rule(
        "resumes",
        "a resume differs from its last event",
        "SELECT lower(hex(id)) FROM resumes.resumes LEFT JOIN latest ON object_id = id
         WHERE json_array(lower(hex(id)), lower(hex(owner_id)), title, json(tags), revision, created_at,
             updated_at, deleted_at) IS NOT latest.state",
    ),
    rule(
        "resumes",
        "a resume differs from its last revision",
        "SELECT lower(hex(id)) FROM resumes.resumes AS r
         LEFT JOIN resumes.revisions AS v ON v.resume_id = r.id AND v.revision = r.revision
         WHERE (v.title, v.tags, v.document_revision) IS NOT (r.title, r.tags, r.document_revision)
         OR (v.kind = 'deleted') IS NOT (r.deleted_at IS NOT NULL)",
    ),
    rule(
        "resumes",
        "a revision and its event differ, or one of them is missing",
        "SELECT lower(hex(resume_id)) FROM resumes.revisions AS v
         LEFT JOIN events ON events.source = 'resumes' AND object_id = resume_id AND version = v.revision
         WHERE (kind, author_id) IS NOT (replace(subject, 'resumes.resume.', ''), actor_id)
         UNION SELECT lower(hex(object_id)) FROM events WHERE source = 'resumes' AND NOT EXISTS (
             SELECT 1 FROM resumes.revisions WHERE resume_id = object_id AND revision = version)",
    ),
    rule(
        "resumes",
        "a revision has no document",
        "SELECT lower(hex(resume_id)) FROM resumes.revisions AS v WHERE NOT EXISTS (
             SELECT 1 FROM resumes.documents AS d
             WHERE d.resume_id = v.resume_id AND d.revision = v.document_revision)",
    ),
    rule(
        "resumes",
        "a document belongs to no revision",
        "SELECT lower(hex(resume_id)) FROM resumes.documents AS d WHERE NOT EXISTS (
             SELECT 1 FROM resumes.revisions AS v
             WHERE v.resume_id = d.resume_id AND v.revision = d.revision AND v.document_revision = d.revision)",
    ),
    rule(
        "resumes",
        "a resume differs from its searchable tags",
        "SELECT lower(hex(id)) FROM resumes.resumes WHERE tags IS NOT (
             SELECT json_group_array(tag) FROM (
                 SELECT tag FROM resumes.resume_tags WHERE resume_id = id ORDER BY tag))",
    ),
    // Effects of people's events on resumes.
    rule(
        "resumes",
        "a person with a handled event is no owner",
        "SELECT lower(hex(object_id)) FROM known_people WHERE consumer = 'resumes'
         AND object_id NOT IN (SELECT id FROM resumes.owners)",
    ),
    rule(
        "resumes",
        "an owner's name differs from the person's",
        "SELECT lower(hex(id)) FROM resumes.owners WHERE NOT EXISTS (
             SELECT 1 FROM events WHERE source = 'users' AND object_id = id AND events.name = owners.name
             AND position >= coalesce((
                 SELECT position FROM known_people
                 WHERE consumer = 'resumes' AND known_people.object_id = owners.id), 0))",
    ),
    rule(
        "resumes",
        "an owner's deletion differs from the handled event",
        "SELECT lower(hex(id)) FROM resumes.owners
         LEFT JOIN known_people ON consumer = 'resumes' AND object_id = id
         WHERE owners.deletion_event IS NOT iif(subject = 'users.user.deleted', event_id, NULL)",
    ),
    rule(
        "resumes",
        "a live resume of a deleted owner",
        "SELECT lower(hex(r.id)) FROM resumes.resumes AS r JOIN resumes.owners AS o ON o.id = r.owner_id
         WHERE o.deletion_event IS NOT NULL AND r.deleted_at IS NULL",
    ),
    rule(
        "resumes",
        "a resume names the wrong deletion event",
        "SELECT lower(hex(id)) FROM resumes.resumes WHERE deletion_event IS NOT (
             SELECT cause FROM effects
             WHERE resume = id AND version = revision AND subject = 'resumes.resume.deleted')",
    ),
    rule(
        "resumes",
        "an effect has no handled event",
        "SELECT lower(hex(resume)) FROM effects WHERE cause IS NULL OR caused_at > (
             SELECT position FROM positions WHERE consumer = 'resumes' AND source = 'users')",
    ),
    rule(
        "resumes",
        "an effect happened twice",
        "SELECT lower(hex(resume)) FROM effects WHERE cause IS NOT NULL
         GROUP BY resume, cause HAVING count(*) > 1",
    ),
    rule(
        "resumes",
        "a deletion left a resume undeleted",
        "SELECT lower(hex(r.id)) FROM (
             SELECT cause, person, min(position) AS first FROM effects
             WHERE subject = 'resumes.resume.deleted' GROUP BY cause) AS deletion
         JOIN resumes.resumes AS r ON r.owner_id = person
         WHERE 'resumes.resume.deleted' != (
             SELECT subject FROM events WHERE object_id = r.id AND position < first ORDER BY position DESC LIMIT 1)
         AND NOT EXISTS (SELECT 1 FROM effects WHERE cause = deletion.cause AND resume = r.id)",
    ),
    rule(
        "resumes",
        "a restore restored a resume that its deletion had not deleted",
        "SELECT lower(hex(resume)) FROM effects AS back WHERE subject = 'resumes.resume.restored'
         AND NOT EXISTS (
             SELECT 1 FROM effects AS taken WHERE taken.resume = back.resume
             AND taken.version = back.version - 1 AND taken.cause = back.deletion_event)",
    ),
    rule(
        "resumes",
        "a restore left a resume deleted",
        "SELECT lower(hex(taken.resume)) FROM events AS restored JOIN positions USING (source)
         JOIN effects AS taken ON taken.cause = restored.deletion_event
         WHERE positions.consumer = 'resumes' AND restored.subject = 'users.user.restored'
         AND restored.position <= positions.position AND NOT EXISTS (
             SELECT 1 FROM effects AS back WHERE back.resume = taken.resume
             AND back.version = taken.version + 1 AND back.cause = restored.event_id)",
    ),
    // The audit.
    rule(
        "audit",
        "a handled event has no entry",
        "SELECT events.source || ' ' || events.position FROM events JOIN positions USING (source)
         WHERE consumer = 'audit' AND events.position <= positions.position
         AND event_id NOT IN (SELECT event_id FROM audit.entries)",
    ),
    rule(
        "audit",
        "an entry has no handled event",
        "SELECT lower(hex(event_id)) FROM audit.entries WHERE event_id NOT IN (
             SELECT event_id FROM events JOIN positions USING (source)
             WHERE consumer = 'audit' AND events.position <= positions.position)",
    ),
    rule(
        "audit",
        "an entry differs from its event",
        "SELECT lower(hex(event_id)) FROM audit.entries JOIN events USING (event_id) WHERE entry IS NOT json_array(
             at, action, entries.actor_kind, lower(hex(entries.actor_id)), lower(hex(session_id)), object_type,
             lower(hex(entries.object_id)), object_version, ifnull(entries.request_id, ''),
             ifnull(client_address, ''), ifnull(user_agent, ''), json((
                 SELECT json_group_array(json_array(
                     value ->> 'field', value ->> 'before', value ->> 'after')) FROM json_each(changes))))",
    ),
    rule(
        "audit",
        "entries are not in the order of their log",
        "SELECT source || ' ' || position FROM (
             SELECT source, position, sequence,
                    lag(sequence) OVER (PARTITION BY source ORDER BY position) AS before
             FROM events JOIN audit.entries USING (event_id))
         WHERE sequence < before",
    ),
];
