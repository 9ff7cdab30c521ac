//! The checks, each a statement that gives the rows which do not fit, and a sentence for one of
//! them in which `{0}` stands for its first column.

use super::{FINDINGS_MAX, Report, word};
use crate::store::StoreError;
use crate::store::sql::{Reads, Value};
use smsdesk_common::safe_text::SafeText;

pub(super) struct Check {
    name: &'static str,
    words: &'static str,
    /// Its only parameter is how many rows are wanted.
    sql: &'static str,
}

/// Findings of these concern the file or the feed, not only what is in it.
pub(super) const BASIC: &[&str] = &[
    "integrity",
    "references",
    "digest",
    "feed",
    "feed_missing",
    "feed_kind",
    "unreadable",
];

/// What the engine itself can say.
pub(super) fn file(reads: &mut dyn Reads, report: &mut Report) -> Result<(), StoreError> {
    for row in reads.query("PRAGMA integrity_check(100)", &[])? {
        let said = word(&row, 0);
        if said != "ok" {
            let said = SafeText::line(&said);
            report.add(
                "integrity",
                format!("the file is damaged: {}", said.as_str()),
            );
        }
    }
    let dangling = reads.query("PRAGMA foreign_key_check", &[])?;
    if dangling.len() > FINDINGS_MAX {
        report.shortened.push("references");
    }
    for row in dangling.iter().take(FINDINGS_MAX) {
        let (table, parent) = (word(row, 0), word(row, 2));
        let words = format!("a row of {table} refers to a {parent} that is not there");
        report.add("references", words);
    }
    Ok(())
}

pub(super) fn run(
    reads: &mut dyn Reads,
    check: &Check,
    report: &mut Report,
) -> Result<(), StoreError> {
    let wanted = i64::try_from(FINDINGS_MAX + 1).unwrap_or(i64::MAX);
    let rows = reads.query(check.sql, &[Value::Int(wanted)])?;
    if rows.len() > FINDINGS_MAX {
        report.shortened.push(check.name);
    }
    for row in rows.iter().take(FINDINGS_MAX) {
        let words = (0..row.0.len()).fold(check.words.to_owned(), |words, column| {
            let value = SafeText::line(&word(row, column));
            words.replace(&format!("{{{column}}}"), value.as_str())
        });
        report.add(check.name, words);
    }
    Ok(())
}

/// A record of each kind is where the feed has it.
macro_rules! feed {
    ($kind:literal) => {
        Check {
            name: "feed",
            words: "the feed has {0} {1} at {2}, and the record is at {3}",
            sql: concat!(
                "SELECT changes.kind, changes.id, changes.seq, record.seq FROM changes \
                 LEFT JOIN ",
                $kind,
                " AS record ON record.id = changes.id WHERE changes.kind = '",
                $kind,
                "' AND changes.deleted = 0 AND record.seq IS NOT changes.seq LIMIT ?1"
            ),
        }
    };
}

/// And the reverse.
macro_rules! recorded {
    ($kind:literal) => {
        Check {
            name: "feed_missing",
            words: "{0} {1} is at {2}, and the feed does not have it",
            sql: concat!(
                "SELECT '",
                $kind,
                "', record.id, record.seq FROM ",
                $kind,
                " AS record LEFT JOIN changes ON changes.kind = '",
                $kind,
                "' AND changes.id = record.id \
                 WHERE changes.seq IS NULL OR changes.deleted <> 0 LIMIT ?1"
            ),
        }
    };
}

pub(super) const FEED: &[Check] = &[
    feed!("agent"),
    feed!("line"),
    feed!("contact"),
    feed!("conversation"),
    feed!("entry"),
    feed!("read_marker"),
    feed!("rule"),
    feed!("setting"),
    feed!("template"),
    feed!("job"),
    feed!("broadcast"),
    recorded!("agent"),
    recorded!("line"),
    recorded!("contact"),
    recorded!("conversation"),
    recorded!("entry"),
    recorded!("read_marker"),
    recorded!("rule"),
    recorded!("setting"),
    recorded!("template"),
    recorded!("job"),
    recorded!("broadcast"),
    Check {
        name: "feed_kind",
        words: "the feed has {0} {1}, a kind that is not known",
        sql: "SELECT kind, id FROM changes WHERE kind NOT IN \
              ('agent', 'line', 'contact', 'conversation', 'entry', 'read_marker', \
              'rule', 'setting', 'template', 'job', 'broadcast') LIMIT ?1",
    },
];

/// What the tables say of each other. A text that was not handed over yet has its row in the
/// outbox; one that was has none, and neither has one that waits for its time.
pub(super) const REST: &[Check] = &[
    Check {
        name: "position",
        words: "entry {0} was first stored at {1}, after its last change at {2}",
        sql: "SELECT id, position, seq FROM entry WHERE position > seq OR position < 1 LIMIT ?1",
    },
    Check {
        name: "position_twice",
        words: "{1} entries have position {0}",
        sql: "SELECT position, COUNT(*) FROM entry GROUP BY position HAVING COUNT(*) > 1 LIMIT ?1",
    },
    Check {
        name: "outbox_entry",
        words: "the outbox has {0} as {1}, and the entry is {2} with status {3}",
        sql: "SELECT outbox.entry, outbox.state, entry.direction, entry.status FROM outbox \
              JOIN entry ON entry.id = outbox.entry WHERE entry.direction <> 'outbound' \
              OR entry.status IS NULL OR outbox.state NOT IN ('queued', 'claimed', 'unknown') \
              OR (outbox.state IN ('queued', 'claimed') \
                  AND entry.status NOT IN ('queued', 'sending')) \
              OR (outbox.state = 'unknown' \
                  AND entry.status NOT IN ('unknown', 'unconfirmed')) LIMIT ?1",
    },
    Check {
        name: "outbox_order",
        words: "the outbox has {0} at position {1}, and the entry is at {2}",
        sql: "SELECT outbox.entry, outbox.position, entry.position FROM outbox \
              JOIN entry ON entry.id = outbox.entry WHERE outbox.position <> entry.position \
              LIMIT ?1",
    },
    Check {
        name: "outbox_missing",
        words: "entry {0} waits to be sent with status {1}, and the outbox does not have it",
        sql: "SELECT entry.id, entry.status FROM entry WHERE entry.direction = 'outbound' \
              AND entry.entry_kind = 'message' AND entry.sid IS NULL \
              AND entry.status IN ('queued', 'sending', 'unknown') \
              AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.entry = entry.id) LIMIT ?1",
    },
    Check {
        name: "timed",
        words: "entry {0} waits for its time, and has none, is no text of ours, or went out as {1}",
        sql: "SELECT id, sid FROM entry WHERE status = 'scheduled' AND (send_at IS NULL \
              OR sid IS NOT NULL OR direction <> 'outbound' OR entry_kind <> 'message') LIMIT ?1",
    },
    Check {
        name: "timed_held",
        words: "entry {0} waits for somebody to decide since {1}, with status {2}",
        sql: "SELECT id, held_since, status FROM entry WHERE held_since IS NOT NULL \
              AND status IS NOT 'scheduled' LIMIT ?1",
    },
    Check {
        name: "request",
        words: "request {0} was carried out, and what it made, {1}, is not there",
        sql: "SELECT id, subject FROM request WHERE NOT EXISTS (SELECT 1 FROM changes \
              WHERE changes.kind IN ('agent', 'line', 'contact', 'conversation', 'entry', \
              'read_marker', 'rule', 'setting', 'template', 'job', 'broadcast') \
               AND changes.id = request.subject) LIMIT ?1",
    },
    Check {
        name: "webhook_lost",
        words: "the webhook of {0} was acknowledged, and there is no entry with that sid",
        sql: "SELECT webhook.dedupe FROM webhook LEFT JOIN entry ON entry.sid = webhook.dedupe \
              WHERE webhook.kind = 'message' AND entry.id IS NULL \
              AND webhook.dedupe NOT IN (SELECT sid FROM gone) LIMIT ?1",
    },
    Check {
        name: "webhook_missing",
        words: "entry {0} came in as {1}, and no webhook says so",
        sql: "SELECT id, sid FROM entry WHERE direction = 'inbound' AND entry_kind = 'message' \
              AND (sid IS NULL OR sid NOT IN \
              (SELECT dedupe FROM webhook WHERE kind = 'message')) LIMIT ?1",
    },
    Check {
        name: "inbound_total",
        words: "conversation {0} counts {1} texts that came in, and has or had {2}",
        sql: "SELECT conversation.id, conversation.inbound_total, \
              COALESCE(held.texts, 0) + conversation.inbound_gone \
              FROM conversation LEFT JOIN (SELECT conversation, COUNT(*) AS texts FROM entry \
              WHERE direction = 'inbound' AND entry_kind = 'message' GROUP BY conversation) \
              AS held ON held.conversation = conversation.id \
              WHERE conversation.inbound_total \
              <> COALESCE(held.texts, 0) + conversation.inbound_gone LIMIT ?1",
    },
    Check {
        name: "last",
        words: "the newest entry that conversation {0} shows is not its own, or not as it is",
        sql: "SELECT conversation.id FROM conversation LEFT JOIN entry \
              ON entry.id = CASE WHEN json_valid(conversation.last) \
              THEN json_extract(conversation.last, '$.entry') END \
              WHERE conversation.last IS NOT NULL AND (entry.conversation IS NOT conversation.id \
              OR entry.status IS NOT json_extract(conversation.last, '$.status')) LIMIT ?1",
    },
    Check {
        name: "last_missing",
        words: "conversation {0} has entries and shows none as its newest",
        sql: "SELECT conversation.id FROM conversation WHERE last IS NULL AND EXISTS \
              (SELECT 1 FROM entry WHERE entry.conversation = conversation.id \
              AND entry.entry_kind = 'message' AND (entry.send_at IS NULL \
              OR entry.status NOT IN ('scheduled', 'canceled'))) LIMIT ?1",
    },
    Check {
        name: "read_marker",
        words: "read marker {0} has no agent or conversation, or is ahead of its conversation",
        sql: "SELECT read_marker.id FROM read_marker \
              LEFT JOIN agent ON agent.id = read_marker.agent \
              LEFT JOIN conversation ON conversation.id = read_marker.conversation \
              WHERE agent.id IS NULL OR conversation.id IS NULL \
              OR read_marker.inbound_read > conversation.inbound_total \
              OR read_marker.position > read_marker.seq LIMIT ?1",
    },
    Check {
        name: "broadcast_text",
        words: "recipient {1} of broadcast {0} is {2}, and their text is not there or none of ours",
        sql: "SELECT held.broadcast, held.n, held.state FROM broadcast_recipient AS held \
              LEFT JOIN entry ON entry.id = held.entry WHERE (held.entry IS NOT NULL \
              AND (entry.id IS NULL OR entry.direction <> 'outbound')) OR (held.entry IS NULL \
              AND held.given <> '' \
              AND held.state IN ('queued', 'unknown', 'sent', 'delivered')) LIMIT ?1",
    },
    Check {
        name: "outbox_held",
        words: "the outbox holds {0} back, and no broadcast of it is paused",
        sql: "SELECT outbox.entry FROM outbox WHERE outbox.held <> 0 AND outbox.state = 'queued' \
              AND NOT EXISTS (SELECT 1 FROM broadcast_recipient AS theirs JOIN broadcast \
              ON broadcast.id = theirs.broadcast WHERE theirs.entry = outbox.entry \
              AND broadcast.state = 'paused') LIMIT ?1",
    },
    Check {
        name: "report",
        words: "entry {0} is {1}, and a report of its delivery says {2}",
        sql: "SELECT entry.id, entry.status, delivery_report.status FROM delivery_report \
              JOIN entry ON entry.sid = delivery_report.sid \
              WHERE entry.direction = 'outbound' AND entry.status IN \
              ('scheduled', 'queued', 'sending', 'unknown', 'unconfirmed') LIMIT ?1",
    },
];
