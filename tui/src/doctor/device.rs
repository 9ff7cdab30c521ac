//! What this device has: its copy of the records, and what is only here.

use super::{COPY, OUTBOX};
use crate::cache::glance::Glance;
use smsdesk_common::checkup::Check;
use smsdesk_common::safe_text::SafeText;

/// Judges what is on the disk. How the copy compares with the relay's is told with the relay.
pub(super) fn judge(seen: &Result<Option<Glance>, String>) -> Vec<Check> {
    match seen {
        Err(why) => vec![Check::fail(
            COPY,
            format!(
                "The files of this device cannot be read: {}.",
                SafeText::line(why).as_str()
            ),
            "Start `smsdesk` once: it brings older files up to date, and fetches a damaged copy anew.",
        )],
        Ok(None) => {
            let sentence = "Nothing was fetched yet: the app does it at its first start.";
            vec![Check::skipped(COPY, sentence)]
        }
        Ok(Some(seen)) => {
            let damage = seen.damage.as_deref().map(damaged);
            damage.into_iter().chain([outbox(seen)]).collect()
        }
    }
}

fn damaged(said: &str) -> Check {
    let said = SafeText::line(said).truncate_to_width(160);
    Check::fail(
        COPY,
        format!("A file of this device is damaged: {}.", said.as_str()),
        "Start `smsdesk`: a damaged copy is fetched anew. Where it says that the outbox is damaged, \
         restore that one from a backup of this machine.",
    )
}

fn outbox(seen: &Glance) -> Check {
    let Glance { outbox, drafts, .. } = seen;
    if outbox.refused > 0 {
        return Check::warn(
            OUTBOX,
            format!(
                "{} texts or notes were refused by the relay, and wait for you.",
                outbox.refused
            ),
            "Open their conversations in the app: each says why.",
        );
    }
    let waiting = outbox.waiting + outbox.changes;
    if waiting > 0 {
        return Check::warn(
            OUTBOX,
            format!("{waiting} texts, notes or changes wait for the relay."),
            "Start `smsdesk` and leave it open until they are gone.",
        );
    }
    Check::ok(
        OUTBOX,
        format!("Nothing waits for the relay; {drafts} drafts are kept."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::OutboxCounts;
    use smsdesk_common::checkup::State;

    #[test]
    fn what_waits_is_told_and_what_was_refused_first() {
        let seen = |waiting, refused, changes| {
            let outbox = OutboxCounts {
                waiting,
                refused,
                notes: 0,
                changes,
            };
            let (cursor, damage, drafts) = (None, None, 2);
            Ok(Some(Glance {
                cursor,
                damage,
                outbox,
                drafts,
            }))
        };
        for (seen, state, words) in [
            (seen(0, 0, 0), State::Ok, "2 drafts"),
            (seen(1, 0, 2), State::Warn, "3 texts, notes or changes wait"),
            (seen(1, 4, 2), State::Warn, "4 texts or notes were refused"),
            (Ok(None), State::Skipped, "Nothing was fetched"),
            (Err("locked".to_owned()), State::Fail, "locked"),
        ] {
            let check = &judge(&seen)[0];
            assert_eq!(check.state, state, "{check:?}");
            assert!(check.sentence.contains(words), "{check:?}");
        }
    }
}
