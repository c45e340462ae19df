//! Upper bounds for comparison: a bare axum server, alone or in front of a bare tonic service.

use std::net::SocketAddr;
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
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use vitae_contracts_services::audit::v1::audit_client::AuditClient;
use vitae_contracts_services::audit::v1::audit_server::{Audit, AuditServer};
use vitae_contracts_services::audit::v1::{ListEntriesRequest, ListEntriesResponse};

/// Arguments of the bare axum server.
#[derive(Debug, clap::Args)]
pub(crate) struct Bare {
    /// The file with the body of every response.
    answer: PathBuf,
    /// The public key that verifies tokens; every request is rejected.
    #[arg(long)]
    key: Option<String>,
}

/// Serves until the end of stdin, after printing the address.
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
            Router::new().route("/v1/resumes/{id}", get(reject)).with_state((key, answer))
        }
    };
    serve_router(router).await
}

/// Arguments of the bare tonic service.
#[derive(Debug, clap::Args)]
pub(crate) struct BareService {
    /// The file with the text of every response.
    answer: PathBuf,
}

/// Arguments of the bare axum server in front of the tonic service.
#[derive(Debug, clap::Args)]
pub(crate) struct BareGateway {
    /// Its address.
    service: SocketAddr,
}

/// Responds to every call with the same text. Implements `Audit`, which has only one method.
struct Stored(String);

#[tonic::async_trait]
impl Audit for Stored {
    async fn list_entries(
        &self,
        _: tonic::Request<ListEntriesRequest>,
    ) -> Result<tonic::Response<ListEntriesResponse>, tonic::Status> {
        let next_page_token = self.0.clone();
        Ok(tonic::Response::new(ListEntriesResponse { next_page_token, ..ListEntriesResponse::default() }))
    }
}

/// Serves until the end of stdin, after printing the address.
#[tokio::main]
pub(crate) async fn bare_service(bare: BareService) -> Result<()> {
    let answer = std::fs::read_to_string(bare.answer)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&listener.local_addr()?.to_string());
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let server = Server::builder().add_service(AuditServer::new(Stored(answer)));
    Ok(server.serve_with_incoming_shutdown(incoming, stdin_ended()).await?)
}

/// Serves until the end of stdin, after printing the address.
#[tokio::main]
pub(crate) async fn bare_gateway(bare: &BareGateway) -> Result<()> {
    let service =
        Endpoint::from_shared(format!("http://{}", bare.service))?.tcp_nodelay(true).connect().await?;
    let router = Router::new().route("/v1/resumes/{id}", get(asked)).with_state(AuditClient::new(service));
    serve_router(router).await
}

/// Forwards a request to the tonic service, and returns the bytes of its response.
async fn asked(
    State(mut service): State<AuditClient<Channel>>,
    axum::extract::Path(id): axum::extract::Path<String>,
) -> Result<impl IntoResponse, StatusCode> {
    let request = ListEntriesRequest { object_id: id, page_size: 1, ..ListEntriesRequest::default() };
    let answer = service.list_entries(request).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], answer.into_inner().next_page_token))
}

async fn serve_router(router: Router) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&listener.local_addr()?.to_string());
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    tokio::select! {
        outcome = axum::serve(listener, router) => outcome?,
        () = stdin_ended() => {}
    }
    Ok(())
}

async fn stdin_ended() {
    drop(tokio::task::spawn_blocking(|| std::io::stdin().lines().for_each(drop)).await);
}

/// Prints a line for the parent process.
#[expect(clippy::print_stdout, reason = "the parent process reads stdout")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

async fn stored(State(answer): State<Bytes>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], answer)
}

/// Rejects a request after the minimum of work: one Ed25519 verification.
async fn reject(
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
