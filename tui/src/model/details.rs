//! Everything that is known of one text: how it went, when, and what it cost. Remote text.

use crate::model::chat::{Local, TimelineItem};
use crate::model::status::lines::Line;
use crate::model::timeline::Timeline;
use crate::model::{Model, when};
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin};
use smsdesk_common::ids::EntryId;
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::segments::{Encoding, Segments};
use smsdesk_common::status::{DeliveryError, explain};
use smsdesk_common::time::Timestamp;

/// The widest that a line gets, in columns.
pub const COLUMNS_MAX: u16 = 78;
/// Columns beside what is said: the frame, and what it is about.
const COLUMNS_AROUND: u16 = 22;

/// All lines of one entry; none where it is no longer loaded.
pub fn lines(model: &Model, entry: EntryId) -> Vec<Line> {
    let item = model.timeline.as_ref().and_then(|it| it.item(entry));
    let Some(item) = item else {
        return vec![said("text", "it is no longer here", true)];
    };
    let about = About { model, item };
    let mut lines = vec![
        said("text", &words(&item.entry), false),
        said("who", &about.who(), false),
        said(taken(&item.entry), &about.time(item.entry.at), false),
    ];
    lines.extend(about.way());
    lines.extend(about.cost());
    lines.extend(item.entry.media.iter().map(|media| {
        said(
            "attachment",
            &format!("{} {}", media.content_type, media.url),
            false,
        )
    }));
    lines.extend(about.names());
    let size = model.setup.size.width.min(COLUMNS_MAX);
    let room = usize::from(size.saturating_sub(COLUMNS_AROUND)).max(8);
    lines.iter().flat_map(|line| wrapped(line, room)).collect()
}

/// What is said in as many lines as it takes.
fn wrapped(line: &Line, room: usize) -> Vec<Line> {
    let parts = SafeText::line(&line.says).wrap(room);
    let names = std::iter::once(line.name).chain(std::iter::repeat(""));
    let parts = parts.into_iter().zip(names);
    parts
        .map(|(part, name)| said(name, part.as_str(), line.is_bad))
        .collect()
}

fn said(name: &'static str, says: &str, is_bad: bool) -> Line {
    Line {
        name,
        says: says.to_owned(),
        is_bad,
    }
}

fn words(entry: &Entry) -> String {
    let body = entry.body.trim();
    match (body.is_empty(), entry.media.len()) {
        (false, _) => body.to_owned(),
        (true, 0) => "(no words)".to_owned(),
        (true, count) => format!("(no words, {count} attached)"),
    }
}

/// What the relay's time of it means.
const fn taken(entry: &Entry) -> &'static str {
    match entry.direction {
        Direction::Inbound => "came",
        Direction::Outbound | Direction::Internal => "written",
    }
}

struct About<'a> {
    model: &'a Model,
    item: &'a TimelineItem,
}

impl About<'_> {
    fn time(&self, at: Timestamp) -> String {
        let seconds = at.as_millis().div_euclid(1_000).rem_euclid(60);
        let told = when::told_in_full(at, self.model.now, &self.model.setup.zone);
        format!("{told}:{seconds:02}")
    }

    fn who(&self) -> String {
        let row = self.model.timeline.as_ref().and_then(Timeline::row);
        match (&self.item.author_name, &self.item.entry.author) {
            (Some(name), _) => name.clone(),
            (None, Author::Contact) => row
                .map_or("the customer", |row| row.conversation.address.as_str())
                .to_owned(),
            (None, Author::Agent(_)) => "you".to_owned(),
            (None, Author::Automation(cause)) => format!("by itself: {}", cause.words()),
        }
    }

    /// How far it has come.
    fn way(&self) -> Vec<Line> {
        let entry = &self.item.entry;
        let mut lines = Vec::new();
        if let Some(at) = entry.send_at {
            lines.push(said("goes out", &self.time(at), false));
        }
        match &self.item.local {
            Some(Local::Waiting | Local::Held { .. }) => {
                lines.push(said(
                    "status",
                    "on this device: the relay does not have it yet",
                    false,
                ));
            }
            Some(Local::Refused(problem)) => {
                let says = format!("refused: {}", problem.detail);
                lines.push(said("status", &says, true));
            }
            None => {
                let status = entry.status.map(|status| {
                    let says = format!("{} {}", status.word(), status.mark());
                    said("status", says.trim_end(), status.is_failure())
                });
                lines.extend(status);
            }
        }
        let steps = [("sent", entry.sent_at), ("delivered", entry.delivered_at)];
        lines.extend(steps.into_iter().filter_map(|(name, at)| {
            at.map(|at| {
                let after = at.millis_since(entry.at) / 1_000;
                said(name, &format!("{} · {after} s later", self.time(at)), false)
            })
        }));
        lines.extend(
            entry
                .error
                .as_ref()
                .map(|error| said("error", &reason(error), true)),
        );
        lines
    }

    /// What it cost, where it is a text.
    fn cost(&self) -> Vec<Line> {
        let entry = &self.item.entry;
        if entry.entry_kind != EntryKind::Message {
            return Vec::new();
        }
        let counted = Segments::of(&entry.body);
        let encoding = match counted.encoding {
            Encoding::Gsm7 => "GSM-7",
            Encoding::Ucs2 => "UCS-2",
        };
        let segments = match entry.segments.unwrap_or(counted.segments) {
            1 => "1 segment".to_owned(),
            count => format!("{count} segments"),
        };
        let price = match (&entry.price, entry.direction) {
            (Some(price), _) => {
                let amount = price.amount.trim_start_matches('-');
                format!("{amount} {}", price.currency)
            }
            (None, Direction::Outbound) => "Twilio has not said yet".to_owned(),
            (None, _) => String::new(),
        };
        let size = format!("{segments} · {encoding}");
        let price = (!price.is_empty()).then(|| said("price", &price, false));
        std::iter::once(said("size", &size, false))
            .chain(price)
            .collect()
    }

    /// By which names others know it.
    fn names(&self) -> Vec<Line> {
        let entry = &self.item.entry;
        let row = self.model.timeline.as_ref().and_then(Timeline::row);
        let line = row.map(|row| said("line", row.conversation.line.as_str(), false));
        let origin = match entry.origin {
            Origin::Backfill => Some(said(
                "found",
                "in Twilio's list: its webhook was lost",
                false,
            )),
            Origin::Webhook | Origin::Api => None,
        };
        let sid = entry
            .sid
            .as_ref()
            .map(|sid| said("Twilio's id", sid, false));
        let id = said("id", &entry.id.to_string(), false);
        line.into_iter()
            .chain(origin)
            .chain(sid)
            .chain([id])
            .collect()
    }
}

/// Why it failed, in words and by number.
fn reason(error: &DeliveryError) -> String {
    let words = explain(error.code).unwrap_or(&error.text);
    match words.is_empty() {
        true => error.code.to_string(),
        false => format!("{words} ({})", error.code),
    }
}
