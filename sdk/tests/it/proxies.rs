//! What goes through a proxy of the environment, and what never does.

use std::env;

use vitae_sdk::{Client, MemoryStore};

use crate::again;
use crate::script::{Reply, Server, login, quick, user};

fn client(url: &str) -> Client {
    Client::builder()
        .base_url(url)
        .allow_insecure_http(true)
        .token_store(MemoryStore::holding(login("0", 3600)))
        .retry(quick())
        .build()
        .unwrap()
}

#[tokio::test]
async fn this_machine_is_reached_without_the_proxy() {
    let server = Server::always(|| Reply::json(&user())).await;
    let proxy = Server::always(|| Reply::json(&user())).await;
    let mut inner = again::command(&[], "proxies::inside");
    inner.env("VITAE_SDK_TEST_SERVER", &server.url).env("NO_PROXY", "direct.invalid");
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        inner.env(variable, &proxy.url);
    }
    inner.env_remove("REQUEST_METHOD").env_remove("no_proxy");
    again::run(inner).await;
    assert_eq!(server.lines(), ["GET /v1/me"]);
    assert_eq!(proxy.lines(), ["GET http://vitae.invalid/v1/me"]);
}

#[tokio::test]
#[ignore = "run by the test above, with proxies in its environment"]
async fn inside() {
    if !again::is_inside() {
        return;
    }
    let server = env::var("VITAE_SDK_TEST_SERVER").unwrap();
    client(&server).me().get().await.unwrap();
    client("http://vitae.invalid").me().get().await.unwrap();
    let error = client("http://direct.invalid").me().get().await.unwrap_err();
    assert!(error.is_unavailable(), "nobody has this name: {error:?}");
}
