//! Every route of the server has a method.

use std::collections::BTreeSet;

use futures_util::stream;
use serde_json::Value;
use vitae_sdk::{
    Client, CreateResume, CreateUser, IfMatch, RawValue, ReplaceResume, ResumeId, SecretString, UpdateUser,
    UserId,
};
use vitae_server_testkit::Stack;

use crate::mock::{RESUME, Reply, SESSION, Server, USER};

/// The routes in the server's description, as in `GET /v1/users/{id}`.
async fn offered() -> BTreeSet<String> {
    let stack = Stack::start().await;
    let description = stack.client().server().openapi().await.unwrap();
    let description: Value = serde_json::from_str(description.get()).unwrap();
    let paths = description["paths"].as_object().unwrap();
    let methods = |(path, methods): (&String, &Value)| {
        let names = methods.as_object().unwrap().keys();
        names.map(|method| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(methods).collect()
}

/// The route of a request.
fn template(line: &str) -> String {
    let path = line.split('?').next().unwrap();
    let path = [USER, RESUME, SESSION].iter().fold(path.to_owned(), |path, id| path.replace(id, "{id}"));
    path.replace("/revisions/1", "/revisions/{revision}")
}

fn text() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).unwrap()
}

async fn call_people(client: &Client) {
    let id: UserId = USER.parse().unwrap();
    let secret: SecretString = "correct horse".to_owned().into();
    let new = CreateUser::new("ada@example.com", "Ada");
    let users = client.users();
    users.list().send().await.ok();
    users.get(id).await.ok();
    users.create(&new).await.ok();
    users.update(id, &UpdateUser::default(), IfMatch::Any).await.ok();
    users.disable(id, None).await.ok();
    users.enable(id, None).await.ok();
    users.delete(id, None).await.ok();
    users.restore(id, None).await.ok();
    users.set_password(id, &secret).await.ok();
    users.sessions(id).await.ok();
    users.revoke_sessions(id).await.ok();
    client.me().get().await.ok();
    client.me().sessions().await.ok();
    client.me().revoke_session(SESSION.parse().unwrap()).await.ok();
    client.me().change_password(&secret, &secret).await.ok();
}

async fn call_resumes(client: &Client) {
    let id: ResumeId = RESUME.parse().unwrap();
    let new = CreateResume::new("Ada", text());
    let draft = ReplaceResume::new("Ada", text());
    let resumes = client.resumes();
    resumes.list().send().await.ok();
    resumes.get(id).await.ok();
    resumes.create(&new).await.ok();
    resumes.replace(id, &draft, IfMatch::Any).await.ok();
    resumes.patch(id, &text(), IfMatch::Any).await.ok();
    resumes.delete(id, None).await.ok();
    resumes.restore(id, None).await.ok();
    resumes.purge(id, None).await.ok();
    resumes.revisions(id).send().await.ok();
    resumes.revision(id, 1).await.ok();
    resumes.export().send().await.ok();
    resumes.import().send(stream::iter(["{}"])).await.ok();
}

#[tokio::test]
async fn every_route_has_a_method() {
    let server = Server::always(|| Reply::with(422, &[], "")).await;
    let client = server.logged_in();
    let secret: SecretString = "correct horse".to_owned().into();
    call_people(&client).await;
    call_resumes(&client).await;
    client.events().watch().stream().next().await;
    client.audit().list().send().await.ok();
    client.stats().await.ok();
    client.server().live().await.ok();
    client.server().readiness().await.ok();
    client.server().openapi().await.ok();
    client.server().keys().await.ok();
    client.server().metrics().await.ok();
    client.auth().login("ada@example.com", &secret).await.ok();
    client.auth().refresh().await.ok();
    client.auth().logout().await.ok();

    let reached: BTreeSet<_> = server.lines().iter().map(|line| template(line)).collect();
    let offered = offered().await;
    let missing: Vec<_> = offered.difference(&reached).collect();
    assert!(missing.is_empty(), "the SDK has no method for {missing:?}");
    let unknown: Vec<_> = reached.difference(&offered).collect();
    assert!(unknown.is_empty(), "the server does not know {unknown:?}");
}
