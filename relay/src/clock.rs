//! The only place in the relay that reads a clock or makes up an id.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the place that the ban points to"
)]

use smsdesk_common::time::Timestamp;
use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;
type Random = Arc<dyn Fn() -> [u8; 10] + Send + Sync>;

/// Where the relay gets the time of day and new ids from. Cloned freely; tests bring their own.
#[derive(Clone)]
pub struct Clock {
    now: Now,
    /// What is random in an id; none where the system provides it.
    random: Option<Random>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::from_fn(|| {
            let since = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
        })
    }

    /// A clock that says what `now` says.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self {
            now: Arc::new(now),
            random: None,
        }
    }

    /// The same clock, with `random` for what is random in an id: everything can be repeated.
    #[must_use]
    pub fn with_ids(self, random: impl Fn() -> [u8; 10] + Send + Sync + 'static) -> Self {
        Self {
            random: Some(Arc::new(random)),
            ..self
        }
    }

    /// The time of day. Never used to measure how long something took.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// The clock as a plain function, for parts that know nothing of this type.
    pub fn as_fn(&self) -> Now {
        Arc::clone(&self.now)
    }

    /// A new UUIDv7 (RFC 9562) of this moment: ids that were made later sort later.
    pub fn new_id(&self) -> Uuid {
        let millis = u64::try_from(self.now().as_millis()).unwrap_or(0);
        if let Some(random) = &self.random {
            return uuid::Builder::from_unix_timestamp_millis(millis, &random()).into_uuid();
        }
        let nanos = u32::try_from(millis % 1_000).unwrap_or(0) * 1_000_000;
        Uuid::new_v7(uuid::Timestamp::from_unix(
            uuid::NoContext,
            millis / 1_000,
            nanos,
        ))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// A point on a clock that never jumps, to measure how long something takes.
pub fn monotonic() -> Instant {
    Instant::now()
}
