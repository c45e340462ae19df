//! A client for programs without async code. Feature `blocking`.
//!
//! It has the methods of the async client; [`Client::run`] waits for their result, and [`Client::each`]
//! iterates over their streams:
//!
//! ```
//! # use vitae_sdk::mock::{self, Reply};
//! # let (url, _mock) = mock::in_background(|| Reply::json(&mock::page(&[mock::user()])));
//! # let server = url.as_str();
//! # fn read_token() -> String { "a-token".to_owned() }
//! use vitae_sdk::{StaticToken, blocking};
//!
//! let client = vitae_sdk::Client::builder()
//!     .base_url(server)
//!     .token_store(StaticToken::new(read_token().into()))
//!     .build()?;
//! let client = blocking::Client::new(client)?;
//! let page = client.run(client.users().list().limit(1).send())?;
//! for user in client.each(client.users().list().stream()) {
//!     println!("{}", user?.name.escaped());
//! }
//! # assert_eq!(page.items.len(), 1);
//! # Ok::<(), vitae_sdk::Error>(())
//! ```

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use tokio::runtime::{self, Handle, Runtime};

use crate::error::{Error, Kind, Result};

/// A client whose calls block the calling thread. Clones are cheap and share everything.
///
/// Can be used from several threads at once, but not from a thread that runs async code: blocking there
/// would stop all tasks of that thread, so the call is an error.
#[derive(Clone)]
pub struct Client {
    client: crate::Client,
    runtime: Arc<BlockingRuntime>,
}

/// The runtime of the client; it can be dropped on a thread that runs async code.
struct BlockingRuntime(Option<Runtime>);

impl Client {
    /// Creates a blocking client from an async one; starts no thread.
    ///
    /// ```
    /// let client = vitae_sdk::Client::builder().base_url("http://127.0.0.1:7878").build()?;
    /// let client = vitae_sdk::blocking::Client::new(client)?;
    /// # Ok::<(), vitae_sdk::Error>(())
    /// ```
    pub fn new(client: crate::Client) -> Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Error::new(Kind::Client, "cannot start a runtime").because(&e))?;
        Ok(Self { client, runtime: Arc::new(BlockingRuntime(Some(runtime))) })
    }

    /// Waits for the result of a call of this client.
    ///
    /// ```
    /// # use vitae_sdk::mock::{self, Reply};
    /// # let (url, _mock) = mock::in_background(|| Reply::json(&mock::user()));
    /// # let store = vitae_sdk::MemoryStore::holding(mock::login("0", 60));
    /// # let client = vitae_sdk::Client::builder().base_url(url).token_store(store).build()?;
    /// # let client = vitae_sdk::blocking::Client::new(client)?;
    /// let me = client.run(client.me().get())?;
    /// println!("{}", me.email.escaped());
    /// # Ok::<(), vitae_sdk::Error>(())
    /// ```
    pub fn run<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        self.runtime.block_on_or_error(call)?
    }

    /// Returns an iterator over a stream of this client.
    ///
    /// ```
    /// # use vitae_sdk::mock::{self, Reply};
    /// # let (url, _mock) = mock::in_background(|| Reply::json(&mock::page(&[mock::summary(1)])));
    /// # let store = vitae_sdk::MemoryStore::holding(mock::login("0", 60));
    /// # let client = vitae_sdk::Client::builder().base_url(url).token_store(store).build()?;
    /// # let client = vitae_sdk::blocking::Client::new(client)?;
    /// for resume in client.each(client.resumes().list().tag("rust").stream()) {
    ///     println!("{}", resume?.title.escaped());
    /// }
    /// # Ok::<(), vitae_sdk::Error>(())
    /// ```
    pub fn each<T, S: Stream<Item = Result<T>> + Unpin>(&self, stream: S) -> Each<S> {
        Each { runtime: Arc::clone(&self.runtime), stream: Some(stream) }
    }
}

/// The async client whose calls this one waits for.
impl Deref for Client {
    type Target = crate::Client;

    fn deref(&self) -> &crate::Client {
        &self.client
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}

/// An iterator over a stream; from [`Client::each`]. Ends after the first error.
pub struct Each<S> {
    runtime: Arc<BlockingRuntime>,
    /// `None` after the end.
    stream: Option<S>,
}

impl<T, S: Stream<Item = Result<T>> + Unpin> Iterator for Each<S> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let stream = self.stream.as_mut()?;
        let next = self.runtime.block_on_or_error(stream.next()).unwrap_or_else(|error| Some(Err(error)));
        if !matches!(next, Some(Ok(_))) {
            self.stream = None;
        }
        next
    }
}

impl<S: fmt::Debug> fmt::Debug for Each<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Each").field(&self.stream).finish()
    }
}

impl BlockingRuntime {
    fn block_on_or_error<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        match &self.0 {
            Some(runtime) if Handle::try_current().is_err() => Ok(runtime.block_on(work)),
            _ => {
                let what = "a blocking call cannot be made on a thread that runs async code";
                Err(Error::new(Kind::Client, what)
                    .with_next_step("use the async client, or make the call on another thread"))
            }
        }
    }
}

impl Drop for BlockingRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
