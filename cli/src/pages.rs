//! Printing of paginated lists.

use vitae_sdk::Page;

use crate::completion_cache::CompletionCache;
use crate::connection::Connection;
use crate::errors::Failure;
use crate::exit;
use crate::output::{Output, Row};
use crate::values::Range;

/// Maximum number of rows per request.
const PAGE: u64 = vitae_contracts_core::limits::PAGE as u64;

/// Writes a list page by page, as far as the range allows.
pub(crate) async fn write_pages<T, F>(
    connection: &Connection,
    range: &Range,
    what: &str,
    output: &mut Output,
    fetch: F,
) -> Result<(), Failure>
where
    T: Row,
    F: AsyncFn(u32, Option<String>) -> vitae_sdk::Result<Page<T>>,
{
    let mut left = if range.all { u64::MAX } else { range.limit };
    let mut cursor = range.cursor.clone();
    output.page();
    let mut list = output.list();
    let mut is_first = true;
    loop {
        let size = u32::try_from(left.min(PAGE)).expect("a page is far smaller than 2^32");
        let begun = cursor.take();
        let page = fetch(size, begun.clone()).await;
        let page = page.map_err(|e| connection.explain(&format!("list {what}"), &e))?;
        list.page(&page.items)?;
        if is_first {
            let mut cache = CompletionCache::default();
            page.items.iter().for_each(|item| item.cache_names(&mut cache));
            if !cache.is_empty() {
                cache.save(&connection.context);
            }
            is_first = false;
        }
        left = left.saturating_sub(page.items.len() as u64);
        if page.next_cursor.is_some() && page.next_cursor == begun {
            return Err(Failure::new(
                exit::FAILED,
                format!("cannot list {what}: the next page has the same cursor"),
            )
            .next("check the server's address: it may not be a Vitae server"));
        }
        cursor = page.next_cursor;
        if left == 0 || cursor.is_none() {
            break;
        }
    }
    let output = list.finish()?;
    if let Some(cursor) = cursor {
        output.note(format_args!("more items exist: --all lists all, --cursor {cursor} continues here"));
    }
    Ok(())
}
