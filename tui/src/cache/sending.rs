//! Reads how the relay gets on with sending: how much it has queued, and which lines do not send.

use super::error::{CacheError, stored_record};
use super::settings;
use super::sql::count_out;
use crate::model::list::{PausedLines, Sending};
use rusqlite::Connection;
use smsdesk_common::line::Line;

/// What the records on this disk say.
pub(super) fn sending(records: &Connection) -> Result<Sending, CacheError> {
    let queued = records
        .prepare_cached("SELECT count(*) FROM entry INDEXED BY entry_queued WHERE queued = 1")?
        .query_row((), |row| row.get(0))?;
    Ok(Sending {
        queued: count_out(queued),
        paused: paused(records)?,
        stopped: settings::held(records)?.settings.sends.paused,
    })
}

/// The addresses of ours that are in use.
pub(super) fn lines(records: &Connection) -> Result<Vec<String>, CacheError> {
    let mut statement =
        records.prepare_cached("SELECT body FROM records WHERE kind = 'line' AND deleted = 0")?;
    let bodies = statement.query_map((), |row| row.get::<_, String>(0))?;
    let mut lines = Vec::new();
    for body in bodies {
        if let Ok(line) = stored_record::<Line>(&body?)
            && line.active
        {
            lines.push(line.id.as_str().to_owned());
        }
    }
    Ok(lines)
}

fn paused(records: &Connection) -> Result<Option<PausedLines>, CacheError> {
    let mut statement =
        records.prepare_cached("SELECT body FROM records WHERE kind = 'line' AND deleted = 0")?;
    let mut rows = statement.query(())?;
    let (mut of, mut paused, mut first) = (0, 0, None);
    while let Some(row) = rows.next()? {
        // A line of a later version that cannot be read says nothing of sending.
        let Ok(line) = stored_record::<Line>(&row.get::<_, String>(0)?) else {
            continue;
        };
        if !line.active {
            continue;
        }
        of += 1;
        let Some(why) = line.paused else { continue };
        paused += 1;
        if first.is_none_or(|(since, _)| why.since < since) {
            first = Some((why.since, why.code));
        }
    }
    Ok(first.map(|(_, code)| PausedLines { paused, of, code }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::testing::{Desk, NOON, entry_id, sent};
    use smsdesk_common::entry::Entry;
    use smsdesk_common::ids::Seq;
    use smsdesk_common::line::Paused;
    use smsdesk_common::phone::Address;
    use smsdesk_common::record::Record;
    use smsdesk_common::settings::Setting;
    use smsdesk_common::status::DeliveryStatus;

    fn text(n: u64, status: DeliveryStatus) -> Record {
        let status = Some(status);
        let of_ours = sent(entry_id(n), 1, 1);
        Record::Entry(Box::new(Entry { status, ..of_ours }))
    }

    fn line(number: &str, paused: Option<(i64, u32)>) -> Line {
        Line {
            id: Address::from_twilio(number).unwrap(),
            seq: Seq::ZERO,
            name: None,
            active: true,
            paused: paused.map(|(minutes, code)| Paused {
                since: NOON.plus_millis(minutes * 60_000),
                code,
                text: String::new(),
            }),
        }
    }

    fn look(desk: &Desk) -> Sending {
        sending(desk.shelves().records).unwrap()
    }

    #[test]
    fn texts_count_from_when_the_relay_has_them_until_twilio_does() {
        let every = DeliveryStatus::ALL.into_iter().zip(1..);
        let mut desk = Desk::with(every.map(|(status, n)| text(n, status)));
        assert_eq!(look(&desk).queued, 2, "queued and sending");
        desk.commit([text(2, DeliveryStatus::Accepted)]);
        assert_eq!(look(&desk).queued, 1);
        desk.delete("entry", &entry_id(3).to_string());
        assert_eq!(look(&desk).queued, 0);
    }

    #[test]
    fn lines_in_use_that_do_not_send_are_counted_with_the_reason_of_the_first() {
        let idle = Line {
            active: false,
            ..line("+15557122664", Some((1, 1)))
        };
        let mut desk = Desk::with([
            Record::Line(line("+15557122661", None)),
            Record::Line(line("+15557122662", Some((9, 20_005)))),
            Record::Line(line("+15557122663", Some((5, 20_003)))),
            Record::Line(idle),
        ]);
        let (paused, of, code) = (2, 3, 20_003);
        assert_eq!(look(&desk).paused, Some(PausedLines { paused, of, code }));
        desk.commit([
            Record::Line(line("+15557122662", None)),
            Record::Line(line("+15557122663", None)),
        ]);
        assert_eq!(look(&desk).paused, None);
    }

    #[test]
    fn sends_that_the_operator_paused_are_told_until_they_go_on() {
        let setting = |paused: bool| {
            let mut setting = Setting::untouched();
            setting.settings.sends.paused = paused;
            Record::Setting(Box::new(setting))
        };
        let mut desk = Desk::with([]);
        assert!(!look(&desk).stopped);
        let touched = desk.commit([setting(true)]);
        assert!(look(&desk).stopped && !touched.is_empty());
        desk.commit([setting(false)]);
        assert!(!look(&desk).stopped);
    }

    #[test]
    fn a_line_that_stops_or_begins_to_send_is_news_for_every_screen() {
        let mut desk = Desk::with([Record::Line(line("+15557122661", None))]);
        let touched = desk.commit([Record::Line(line("+15557122661", Some((0, 20_003))))]);
        assert!(!touched.is_empty());
    }
}
