//! The schema as a list of steps forward. The number of steps taken is the schema's version.

/// Every step, oldest first. A released one is never edited.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("0001_initial.sql"),
    include_str!("0002_reconcile.sql"),
    include_str!("0003_sending.sql"),
    include_str!("0004_triage.sql"),
    include_str!("0005_flag_reason.sql"),
    include_str!("0006_notes.sql"),
    include_str!("0007_templates.sql"),
    include_str!("0008_later.sql"),
    include_str!("0009_contacts.sql"),
    include_str!("0010_search.sql"),
    include_str!("0011_settings.sql"),
    include_str!("0012_consent.sql"),
    include_str!("0013_caps.sql"),
    include_str!("0014_rules.sql"),
    include_str!("0015_jobs.sql"),
    include_str!("0016_stats.sql"),
    include_str!("0017_broadcasts.sql"),
    include_str!("0018_insight.sql"),
    include_str!("0019_people.sql"),
    include_str!("0020_removal.sql"),
];
