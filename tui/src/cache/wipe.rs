//! The copy of the records is removed from this device, because the relay says so.
//!
//! Drafts and what was not sent yet stay: nobody else has them. What stays is told.

use super::applied::{Applied, Touched};
use super::disk::Disk;
use super::error::{ApplyError, CacheError};
use super::{Cache, outbox, records};
use std::fmt;

/// What was not removed, because it is nowhere else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Texts and notes that somebody had begun to write.
    pub drafts: u64,
    /// What waits to be handed over to the relay.
    pub waiting: u64,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { drafts, waiting } = self;
        if (*drafts, *waiting) == (0, 0) {
            return f.write_str("no draft and no unsent text was left on this device");
        }
        write!(
            f,
            "{drafts} drafts and {waiting} unsent texts stay on this device, in outbox.db: nobody \
             else has them, and they are not sent any more"
        )
    }
}

impl Cache {
    /// Removes every record from this device: the files themselves, an earlier damaged copy included,
    /// and the key where they were encrypted.
    /// Says what stays, and what screens have to read again.
    ///
    /// # Errors
    /// The disk; whatever is left then is removed by the next call.
    pub async fn wipe(&self) -> Result<(Left, Option<Applied>), ApplyError> {
        self.work(|disk| {
            let cursor = records::cursor(&disk.records)?;
            let left = left(disk)?;
            disk.wipe_records()
                .map_err(|error| CacheError::Remove(error.to_string()))?;
            let Some(cursor) = cursor else {
                return Ok((left, None));
            };
            // Whatever is still shown is read again and found to be gone.
            let cursor = records::start_fresh(&mut disk.records, cursor.epoch, cursor.high)?;
            Ok((left, Some(disk.settled(cursor, Touched::EVERYTHING))))
        })
        .await
    }
}

fn left(disk: &Disk) -> Result<Left, CacheError> {
    let waiting = outbox::counts(&disk.outbox)?.waiting;
    let drafts = disk.outbox.query_row(
        "SELECT (SELECT COUNT(*) FROM draft) + (SELECT COUNT(*) FROM note_draft)",
        [],
        |row| row.get::<_, i64>(0),
    )?;
    Ok(Left {
        drafts: u64::try_from(drafts).unwrap_or(0),
        waiting: u64::from(waiting),
    })
}
