//! Requests that go through a proxy, and requests that never do.

use std::env;

use vitae_sdk::{Client, ClientBuilder, MemoryStore};

use crate::mock::{Reply, Server, login, quick, user};
use crate::subprocess;

fn builder(url: &str) -> ClientBuilder {
    Client::builder()
        .base_url(url)
        .allow_insecure_http(true)
        .token_store(MemoryStore::holding(login("0", 3600)))
        .retry(quick())
}

fn client(url: &str) -> Client {
    builder(url).build().unwrap()
}

#[tokio::test]
async fn loopback_bypasses_the_proxy() {
    let server = Server::always(|| Reply::json(&user())).await;
    let proxy = Server::always(|| Reply::json(&user())).await;
    let mut inner = subprocess::command(&[], "proxies::inside");
    inner.env("VITAE_SDK_TEST_SERVER", &server.url).env("NO_PROXY", "direct.invalid");
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        inner.env(variable, &proxy.url);
    }
    inner.env_remove("REQUEST_METHOD").env_remove("no_proxy");
    subprocess::run(inner).await;
    assert_eq!(server.lines(), ["GET /v1/me"]);
    assert_eq!(proxy.lines(), ["GET http://vitae.invalid/v1/me"]);
}

#[tokio::test]
#[ignore = "run by the test above, with proxies in its environment"]
async fn inside() {
    if !subprocess::is_inside() {
        return;
    }
    let server = env::var("VITAE_SDK_TEST_SERVER").unwrap();
    client(&server).me().get().await.unwrap();
    client("http://vitae.invalid").me().get().await.unwrap();
    for direct in
        [client("http://direct.invalid"), builder("http://vitae.invalid").no_proxy().build().unwrap()]
    {
        let error = direct.me().get().await.unwrap_err();
        assert!(error.is_unavailable(), "the name is not in DNS: {error:?}");
    }
}

#[tokio::test]
async fn configured_proxy_is_used_with_its_password() {
    let proxy = Server::always(|| Reply::json(&user())).await;
    let url = proxy.url.replace("http://", "http://ada:c4n4ry@");
    let builder = builder("http://vitae.invalid").proxy(url);
    assert!(!format!("{builder:?}").contains("c4n4ry"));
    let client = builder.build().unwrap();
    assert!(!format!("{client:?}").contains("c4n4ry"));
    client.me().get().await.unwrap();
    assert_eq!(proxy.lines(), ["GET http://vitae.invalid/v1/me"]);
    assert_eq!(proxy.requests()[0].header("proxy-authorization"), Some("Basic YWRhOmM0bjRyeQ=="));
}

#[tokio::test]
async fn configured_proxy_is_bypassed_for_loopback() {
    let server = Server::always(|| Reply::json(&user())).await;
    let proxy = Server::always(|| Reply::json(&user())).await;
    builder(&server.url).proxy(proxy.url.clone()).build().unwrap().me().get().await.unwrap();
    assert_eq!((server.lines().len(), proxy.lines().len()), (1, 0));
}

#[test]
fn invalid_proxy_address_is_shown_without_its_password() {
    for url in ["", "proxy.invalid", "socks5://ada:c4n4ry@proxy.invalid", "http://ada:c4n4ry@"] {
        let error = builder("http://vitae.invalid").proxy(url.to_owned()).build().unwrap_err();
        assert!(error.is_invalid_input(), "{url}");
        assert!(!format!("{error} {error:?}").contains("c4n4ry"), "{error:?}");
    }
}
