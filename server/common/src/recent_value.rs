//! A value that is expensive to compute, cached for a short time.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// A value that is expensive to compute, cached for a short time.
///
/// Concurrent callers wait for one computation, so at most one runs at a time.
#[derive(Debug)]
pub struct RecentValue<T> {
    cached: Mutex<Option<CachedValue<T>>>,
}

#[derive(Debug)]
struct CachedValue<T> {
    value: T,
    expires_at: Instant,
}

impl<T> Default for RecentValue<T> {
    fn default() -> Self {
        Self { cached: Mutex::default() }
    }
}

impl<T: Clone> RecentValue<T> {
    /// Returns the cached value, or computes and caches it for the time that `lifetime` returns for it.
    pub async fn get_or_compute<E>(
        &self,
        lifetime: impl FnOnce(&T) -> Duration,
        compute: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let mut cached = self.cached.lock().await;
        if let Some(cached) = cached.as_ref().filter(|cached| Instant::now() < cached.expires_at) {
            return Ok(cached.value.clone());
        }
        let value = compute.await?;
        let expires_at = Instant::now() + lifetime(&value);
        *cached = Some(CachedValue { value: value.clone(), expires_at });
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn value_is_computed_once_within_its_lifetime() {
        let recent = RecentValue::default();
        let get = async |value: u32, lifetime: Duration| {
            recent.get_or_compute(|_| lifetime, async { Ok::<_, ()>(value) }).await.unwrap()
        };
        assert_eq!(get(1, Duration::ZERO).await, 1);
        assert_eq!(get(2, Duration::from_hours(1)).await, 2);
        assert_eq!(get(3, Duration::from_hours(1)).await, 2);
    }

    #[tokio::test]
    async fn failed_computation_is_not_cached() {
        let recent = RecentValue::<u32>::default();
        let lifetime = |_: &u32| Duration::from_hours(1);
        assert_eq!(recent.get_or_compute(lifetime, async { Err("failed") }).await, Err("failed"));
        assert_eq!(recent.get_or_compute(lifetime, async { Ok::<_, &str>(1) }).await, Ok(1));
    }
}
