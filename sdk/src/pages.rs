//! Lists: single pages, and streams over all pages.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, Stream, StreamExt};
use serde::de::DeserializeOwned;
use vitae_contracts_gateway::Page;

use crate::call::Call;
use crate::client::Client;
use crate::error::{Error, Kind, Result};

/// Which objects a list has, by deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Deleted {
    /// Objects that are not deleted.
    #[default]
    Exclude,
    /// Deleted objects.
    Only,
    /// Both.
    Include,
}

impl Deleted {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Exclude => "exclude",
            Self::Only => "only",
            Self::Include => "include",
        }
    }
}

/// The path and query parameters of a request; only parameters of `add` are repeated.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    path: String,
    parameters: Vec<(&'static str, String)>,
}

impl Query {
    pub(crate) fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), parameters: Vec::new() }
    }

    pub(crate) fn set(&mut self, name: &'static str, value: impl fmt::Display) {
        self.parameters.retain(|(known, _)| *known != name);
        self.parameters.push((name, value.to_string()));
    }

    /// Adds a value of a parameter that may be repeated.
    pub(crate) fn add(&mut self, name: &'static str, value: impl fmt::Display) {
        self.parameters.push((name, value.to_string()));
    }

    pub(crate) fn call(&self) -> Call {
        self.call_with(Call::get)
    }

    /// Returns the call of this path and these parameters with another method.
    pub(crate) fn call_with(&self, method: fn(String) -> Call) -> Call {
        method(self.path.clone()).query(self.parameters.clone())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let (_, value) = parameters.find(|(known, _)| *known == name)?;
        Some(value)
    }
}

/// Defines the private `set` of a request with a [`Query`].
macro_rules! set_method {
    () => {
        fn set(mut self, name: &'static str, value: impl ::std::fmt::Display) -> Self {
            self.query.set(name, value);
            self
        }
    };
}
pub(crate) use set_method;

/// Defines the methods that all lists have: page size, cursor, one page, all pages.
macro_rules! list_methods {
    ($item:ty) => {
        $crate::pages::set_method!();

        /// Sets the size of a page: 1 to 500 objects, 50 by default.
        ///
        /// A page of more than 100 may be shorter, with a cursor, if its objects are large.
        pub fn limit(self, limit: u32) -> Self {
            self.set("limit", limit)
        }

        /// Starts at the page that this cursor of the same list names.
        pub fn cursor(self, cursor: impl Into<String>) -> Self {
            self.set("cursor", cursor.into())
        }

        /// Reads one page.
        ///
        /// Dropping the future cancels the request.
        pub async fn send(&self) -> $crate::Result<vitae_contracts_gateway::Page<$item>> {
            self.client.fetch(self.query.call()).await
        }

        /// Returns a stream of the objects of this page and all later ones, page by page.
        pub fn stream(self) -> $crate::pages::Items<$item> {
            $crate::pages::Items::new(self.client, self.query)
        }
    };
}
pub(crate) use list_methods;

/// Defines the methods of lists that support an offset and a count.
macro_rules! skip_and_count_methods {
    () => {
        /// Leaves out this many objects before the page; not with a cursor.
        ///
        /// The server reads the objects left out, so the cost grows with their number; a cursor
        /// has no such cost.
        ///
        /// ```
        /// # vitae_server_testkit::example(async |client| {
        /// let middle = client.resumes().list().skip(50_000).limit(100).send().await?;
        /// # Ok(()) });
        /// ```
        pub fn skip(self, skip: u32) -> Self {
            if skip > 0 { self.set("skip", skip) } else { self }
        }

        /// Sets whether the page has the number of matches on all pages.
        pub fn count(self, count: bool) -> Self {
            self.set("count", count)
        }
    };
}
pub(crate) use skip_and_count_methods;

/// A stream of the objects of all pages of a list.
///
/// Reads a page after the previous one is used up. Ends after the first error. Dropping it stops reading.
///
/// ```
/// # vitae_server_testkit::example(async |client| {
/// let mut users = client.users().list().stream();
/// while let Some(user) = users.next().await {
///     println!("{}", user?.name.escaped());
/// }
/// # Ok(()) });
/// ```
pub struct Items<T> {
    client: Client,
    /// The page to read next; `None` after the last.
    query: Option<Query>,
    page: Option<BoxFuture<'static, Result<Page<T>>>>,
    ready: vec::IntoIter<T>,
}

impl<T: DeserializeOwned + Send + 'static> Items<T> {
    pub(crate) fn new(client: Client, query: Query) -> Self {
        Self { client, query: Some(query), page: None, ready: Vec::new().into_iter() }
    }

    /// Returns the next object; `None` after the last.
    ///
    /// For programs without a crate for streams. Dropping the future loses no item.
    pub async fn next(&mut self) -> Option<Result<T>> {
        StreamExt::next(self).await
    }

    /// Takes the objects of a page and prepares the next page.
    fn accept_page(&mut self, page: Page<T>) -> Result<()> {
        self.ready = page.items.into_iter();
        let Some(mut query) = self.query.take() else {
            return Ok(());
        };
        let Some(cursor) = page.next_cursor else {
            return Ok(());
        };
        if query.get("cursor") == Some(&cursor) {
            let what = "the cursor of a page leads to the same page";
            return Err(query.call().add_context(Error::new(Kind::InvalidResponse, what)));
        }
        query.set("cursor", cursor);
        self.query = Some(query);
        Ok(())
    }
}

impl<T: DeserializeOwned + Send + 'static> Stream for Items<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(item) = self.ready.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            let Some(query) = &self.query else {
                return Poll::Ready(None);
            };
            let (client, call) = (self.client.clone(), query.call());
            let page = self.page.get_or_insert_with(|| async move { client.fetch(call).await }.boxed());
            let page = ready!(page.poll_unpin(context));
            self.page = None;
            if let Err(error) = page.and_then(|page| self.accept_page(page)) {
                self.query = None;
                self.ready = Vec::new().into_iter();
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

/// No field is pinned.
impl<T> Unpin for Items<T> {}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("page", &self.query)
            .field("ready", &self.ready.len())
            .finish_non_exhaustive()
    }
}
