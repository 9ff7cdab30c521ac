//! What the file says about copies of the database, and about what is not kept.

use super::late::span;
use crate::care::rotation::Keep;
use crate::desk::purge::{OLDER_THAN_MS_MAX, OLDER_THAN_MS_MIN};
use jiff::civil::Time;
use serde::Deserialize;
use smsdesk_common::config::ConfigError;
use std::path::{Path, PathBuf};

/// The shortest time between two copies that can be asked for, in milliseconds: each is the whole
/// database, written and read.
const EVERY_MS_MIN: i64 = 5 * 60_000;
/// The most copies of one kind that can be kept: a century of weeks.
const KEEP_MAX: u32 = 5_200;
/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// The table `[relay.backup]`.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct BackupTable {
    folder: Option<String>,
    at: String,
    every: Option<String>,
    keep_daily: u32,
    keep_weekly: u32,
    keep_monthly: u32,
}

impl Default for BackupTable {
    fn default() -> Self {
        let Keep {
            daily,
            weekly,
            monthly,
        } = Keep::default();
        Self {
            folder: None,
            at: "03:00".to_owned(),
            every: None,
            keep_daily: daily,
            keep_weekly: weekly,
            keep_monthly: monthly,
        }
    }
}

/// The table `[relay.retention]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RetentionTable {
    older_than: Option<String>,
}

/// What is done by itself, so that nobody has to think of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Care {
    /// Copies of the database; none where nobody wants them.
    pub backup: Option<BackupPlan>,
    /// What is older is taken out, in milliseconds; none where everything is kept.
    pub older_than_ms: Option<i64>,
}

/// When copies are made, and which stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupPlan {
    /// Where they are put.
    pub folder: PathBuf,
    /// When.
    pub when: When,
    /// Which stay.
    pub keep: Keep,
}

/// When a copy is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Once a day at that time, in the machine's zone.
    Daily(Time),
    /// Again and again after so many milliseconds.
    Every(i64),
}

/// Both tables together.
pub(super) fn care(
    backup: BackupTable,
    retention: RetentionTable,
    folder: &Path,
) -> Result<Care, ConfigError> {
    let older_than_ms = retention.older_than.as_deref().map(|text| {
        retention_span(text).map_err(|why| ConfigError::new("relay.retention.older_than", why))
    });
    Ok(Care {
        backup: plan(backup, folder)?,
        older_than_ms: older_than_ms.transpose()?,
    })
}

fn plan(table: BackupTable, beside: &Path) -> Result<Option<BackupPlan>, ConfigError> {
    let when = when(&table)?;
    let keep = Keep {
        daily: kept(table.keep_daily, "relay.backup.keep_daily")?,
        weekly: kept(table.keep_weekly, "relay.backup.keep_weekly")?,
        monthly: kept(table.keep_monthly, "relay.backup.keep_monthly")?,
    };
    if keep.daily + keep.weekly + keep.monthly == 0 {
        let problem = "one of keep_daily, keep_weekly and keep_monthly: expected at least 1";
        return Err(ConfigError::new("relay.backup.keep_daily", problem));
    }
    let folder = table.folder.filter(|folder| !folder.trim().is_empty());
    Ok(folder.map(|folder| BackupPlan {
        folder: beside.join(folder),
        when,
        keep,
    }))
}

fn kept(many: u32, key: &str) -> Result<u32, ConfigError> {
    if many <= KEEP_MAX {
        return Ok(many);
    }
    let problem = format!("expected at most {KEEP_MAX}");
    Err(ConfigError::new(key, problem))
}

fn when(table: &BackupTable) -> Result<When, ConfigError> {
    if let Some(text) = &table.every {
        let every = span(text).filter(|ms| *ms >= EVERY_MS_MIN);
        return every.map(When::Every).ok_or_else(|| {
            let problem = format!("{text:?}: expected 5m to 31d, such as 30m, 6h or 1d");
            ConfigError::new("relay.backup.every", problem)
        });
    }
    let at = Time::strptime("%H:%M", &table.at);
    at.map(When::Daily).map_err(|_| {
        let problem = format!("{:?}: expected a time of the day, such as 03:00", table.at);
        ConfigError::new("relay.backup.at", problem)
    })
}

/// `400d` in milliseconds.
///
/// # Errors
/// What was expected.
pub fn retention_span(text: &str) -> Result<i64, String> {
    let days = text.strip_suffix('d').filter(|days| {
        let plain = days.bytes().all(|byte| byte.is_ascii_digit());
        plain && !days.is_empty()
    });
    let ms = days.and_then(|days| days.parse::<i64>().ok()?.checked_mul(DAY_MS));
    ms.filter(|ms| (OLDER_THAN_MS_MIN..=OLDER_THAN_MS_MAX).contains(ms))
        .ok_or_else(|| format!("{text:?}: expected 30d to 36500d, such as 400d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<Care, ConfigError> {
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Both {
            backup: BackupTable,
            retention: RetentionTable,
        }
        let both: Both = toml::from_str(text).unwrap();
        care(both.backup, both.retention, Path::new("/etc/smsdesk"))
    }

    #[test]
    fn nothing_is_copied_and_nothing_taken_out_unless_somebody_says_so() {
        assert_eq!(table("").unwrap(), Care::default());
        let care = table(
            "[backup]\nfolder = \"copies\"\nat = \"23:30\"\nkeep_weekly = 0\n\
             [retention]\nolder_than = \"400d\"",
        );
        let care = care.unwrap();
        let plan = care.backup.unwrap();
        assert_eq!(plan.folder, Path::new("/etc/smsdesk/copies"));
        assert_eq!(plan.when, When::Daily(jiff::civil::time(23, 30, 0, 0)));
        assert_eq!((plan.keep.daily, plan.keep.weekly), (7, 0));
        assert_eq!(care.older_than_ms, Some(400 * DAY_MS));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_key() {
        for (text, key) in [
            ("[backup]\nat = \"25:00\"", "relay.backup.at"),
            ("[backup]\nevery = \"1m\"", "relay.backup.every"),
            ("[backup]\nkeep_daily = 9999", "relay.backup.keep_daily"),
            (
                "[backup]\nkeep_daily = 0\nkeep_weekly = 0\nkeep_monthly = 0",
                "relay.backup.keep_daily",
            ),
            (
                "[retention]\nolder_than = \"1d\"",
                "relay.retention.older_than",
            ),
            (
                "[retention]\nolder_than = \"+40d\"",
                "relay.retention.older_than",
            ),
        ] {
            let error = table(text).unwrap_err().to_string();
            assert!(error.contains(key), "{text}: {error}");
        }
    }
}
