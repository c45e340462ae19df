//! A server for tests with scripted responses, including faults. Feature `test-util`.
//!
//! It listens on a free port of this machine, records the requests and sends each response byte by byte if
//! necessary: rejections, cut bodies, wrong lengths, endless headers, redirects, silence. It does not
//! depend on the clock: a [`Gate`] delays a response until the test opens it, and [`Reply::after`] sleeps
//! by Tokio's clock, which a test can pause.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), vitae_sdk::Error> {
//! use vitae_sdk::Code;
//! use vitae_sdk::mock::{self, Reply, Server};
//!
//! // The first response is lost, the second is a rejection, the third a success.
//! let server = Server::script([
//!     Reply::nothing(),
//!     Reply::problem(Code::Unavailable),
//!     Reply::json(&mock::user()),
//! ]).await;
//! let me = server.logged_in().me().get().await?;
//! assert_eq!(me.name.as_str(), "Ada Lovelace");
//! assert_eq!(server.lines(), ["GET /v1/me", "GET /v1/me", "GET /v1/me"]);
//! # Ok(()) }
//! ```

#![expect(clippy::missing_panics_doc, reason = "a mock panics to fail the test")]

mod fixtures;
mod reply;
mod request;
mod server;

pub use self::fixtures::{
    AT, RESUME, SESSION, USER, entry, login, page, quick, resume, revision, session, summary, tokens, user,
};
pub use self::reply::{Gate, Reply};
pub use self::request::{Request, read};
pub use self::server::{Server, in_background, refusing};
