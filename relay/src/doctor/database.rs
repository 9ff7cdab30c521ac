//! The database: of this version, and sound.

use super::report::{Check, DATABASE};
use crate::store::glance::{Glance, Soundness};

/// What a look at the database came to, or why there was none.
pub(super) type Looked = Result<Option<Glance>, String>;

/// Judges it.
pub(super) fn judge(looked: &Looked) -> Check {
    let seen = match looked {
        Err(why) => {
            return Check::fail(
                DATABASE,
                format!("The database cannot be opened: {why}."),
                "Run the doctor as the relay's own user; where it is that already, restore the last \
                 good backup with `smsdesk-relay restore`.",
            );
        }
        Ok(None) => {
            let sentence = "There is no database yet: the relay makes it at its first start.";
            return Check::skipped(DATABASE, sentence);
        }
        Ok(Some(seen)) => seen,
    };
    let (schema, known) = (seen.schema, seen.known);
    match &seen.soundness {
        Soundness::Damaged(said) => Check::fail(
            DATABASE,
            format!("The database is damaged: {said}."),
            "Stop the relay, look with `smsdesk-relay verify`, and put the last good backup in place \
             with `smsdesk-relay restore`.",
        ),
        _ if schema < known => Check::warn(
            DATABASE,
            format!("The database has schema {schema}, and this version works with {known}."),
            "Start the relay: it copies the database and brings it up to date.",
        ),
        Soundness::Sound => Check::ok(
            DATABASE,
            format!("The database has schema {schema}, and its file is sound."),
        ),
        Soundness::Unfinished => Check::ok(
            DATABASE,
            format!(
                "The database has schema {schema}; it is too large to be looked at in full here, \
                 which `smsdesk-relay verify` does."
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::State;
    use super::*;

    #[test]
    fn damage_comes_before_an_old_schema_and_no_database_is_no_fault() {
        let seen = |schema, soundness| {
            let known = 9;
            let (instance, bytes, log_bytes) = (None, 0, 0);
            Ok(Some(Glance {
                schema,
                known,
                instance,
                soundness,
                bytes,
                log_bytes,
            }))
        };
        for (looked, state, words) in [
            (
                Err("permission denied".to_owned()),
                State::Fail,
                "permission denied",
            ),
            (Ok(None), State::Skipped, "no database yet"),
            (
                seen(8, Soundness::Damaged("page 3".into())),
                State::Fail,
                "page 3",
            ),
            (seen(8, Soundness::Sound), State::Warn, "schema 8"),
            (seen(9, Soundness::Unfinished), State::Ok, "too large"),
            (seen(9, Soundness::Sound), State::Ok, "is sound"),
        ] {
            let check = judge(&looked);
            assert_eq!(check.state, state, "{check:?}");
            assert!(check.sentence.contains(words), "{check:?}");
        }
    }
}
