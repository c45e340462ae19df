//! What nothing can be faster than: a bare axum server.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use ring::signature::{ED25519, UnparsedPublicKey};
use tokio::net::TcpListener;

/// What the bare server answers.
#[derive(Debug, clap::Args)]
pub(crate) struct Bare {
    /// The file whose bytes are every answer.
    answer: PathBuf,
    /// Refuses each request after this public key has failed to verify its token.
    #[arg(long)]
    key: Option<String>,
}

/// Serves until stdin ends; says its address first.
#[tokio::main]
pub(crate) async fn bare(bare: Bare) -> Result<()> {
    let answer = Bytes::from(std::fs::read(bare.answer)?);
    let router = match bare.key {
        None => Router::new()
            .route("/v1/resumes", get(stored))
            .route("/v1/resumes/{id}", get(stored))
            .with_state(answer),
        Some(key) => {
            let key = URL_SAFE_NO_PAD.decode(key).context("the key is not base64")?;
            Router::new().route("/v1/resumes/{id}", get(refused)).with_state((key, answer))
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&listener.local_addr()?.to_string());
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let serve = axum::serve(listener, router);
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().lines().for_each(drop));
    tokio::select! {
        outcome = serve => outcome?,
        _ = ended => {}
    }
    Ok(())
}

/// Tells the program that started this one.
#[expect(clippy::print_stdout, reason = "the way children answer")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

async fn stored(State(answer): State<Bytes>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], answer)
}

/// The least that a refusal costs: one Ed25519 check.
async fn refused(
    State((key, answer)): State<(Vec<u8>, Bytes)>,
    headers: HeaderMap,
) -> Result<StatusCode, impl IntoResponse> {
    let genuine = headers.get(header::AUTHORIZATION).and_then(|value| {
        let (message, signature) = value.to_str().ok()?.strip_prefix("Bearer ")?.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        UnparsedPublicKey::new(&ED25519, &key).verify(message.as_bytes(), &signature).ok()
    });
    match genuine {
        Some(()) => Ok(StatusCode::NO_CONTENT),
        None => {
            let headers = [(header::CONTENT_TYPE, "application/problem+json")];
            Err((StatusCode::UNAUTHORIZED, headers, answer))
        }
    }
}
