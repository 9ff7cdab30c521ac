//! One entry as lines: the customer's on the left, ours on the right, the rest in the middle.

use super::{Keys, PageLine, Piece, Reach, Role, Source, time};
use crate::model::chat::{Local, TimelineItem};
use crate::model::hold::goes_in;
use crate::model::insight;
use crate::model::search::marks::marked;
use crate::model::timed;
use crate::model::when;
use jiff::civil::Date;
use smsdesk_common::activity::{Activity, TimedChange};
use smsdesk_common::api::Problem;
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind};
use smsdesk_common::insight::Sentiment;
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::status::{DeliveryError, DeliveryStatus, explain, is_lasting};
use smsdesk_common::time::Timestamp;

/// Free columns between the frame and a text.
const MARGIN: u16 = 2;

/// The most columns of a name under a text.
const AUTHOR_COLUMNS_MAX: usize = 24;

/// How much of the page's width one text may take, in percent.
const TEXT_PERCENT: u16 = 70;

/// The lines of one entry.
pub(super) fn lines(item: &TimelineItem, source: Source<'_>) -> Vec<PageLine> {
    match (item.entry.entry_kind, item.entry.direction) {
        (EntryKind::Message, Direction::Inbound) => theirs(item, source),
        (EntryKind::Message, _) => ours(item, source),
        (EntryKind::Note, _) => note(item, source),
        (EntryKind::Call | EntryKind::Activity, _) => activity(item, source),
    }
}

/// `── Today ──` in the middle.
pub(super) fn day_line(date: Date, source: Source<'_>) -> PageLine {
    let today = time::date(source.now, source.zone);
    centred(
        &format!("── {} ──", time::day(date, today)),
        Role::Day,
        source.width,
    )
}

/// The line above what is new, across the page.
pub(super) fn new_line(width: u16) -> PageLine {
    let rest = usize::from(width.saturating_sub(2 * MARGIN + 7));
    let text = SafeText::line(&format!("── new {}", "─".repeat(rest)));
    PageLine {
        indent: MARGIN,
        pieces: vec![Piece {
            role: Role::New,
            text,
        }],
    }
}

fn theirs(item: &TimelineItem, source: Source<'_>) -> Vec<PageLine> {
    let mut lines = words(&item.entry, Role::Theirs, source);
    let mut foot = line(Role::Quiet, &time::clock_time(item.entry.at, source.zone));
    foot.pieces.extend(mood(&item.entry, source));
    lines.push(foot);
    indented(lines, MARGIN)
}

/// What the text seems to say, in small print behind its time.
fn mood(entry: &Entry, source: Source<'_>) -> Option<Piece> {
    let insight = entry.insight.as_ref()?;
    let mark = insight::mark(insight, source.marks)?;
    let role = match insight.sentiment {
        Sentiment::Negative => Role::Bad,
        Sentiment::Neutral => Role::Quiet,
        Sentiment::Positive => Role::Good,
    };
    let text = SafeText::line(&format!(" · {mark}"));
    Some(Piece { role, text })
}

fn ours(item: &TimelineItem, source: Source<'_>) -> Vec<PageLine> {
    let role = if item.local.is_some() {
        Role::Pending
    } else {
        Role::Ours
    };
    let body = words(&item.entry, role, source);
    let width = body.iter().map(PageLine::width).max().unwrap_or(0);
    let mut lines = indented(body, source.width.saturating_sub(MARGIN + width));
    lines.extend(foot(item, source).into_iter().map(|foot| {
        let indent = source.width.saturating_sub(MARGIN + foot.width());
        PageLine { indent, ..foot }
    }));
    lines
}

/// Who, when and how it went: one line, more where a failure has much to say.
fn foot(item: &TimelineItem, source: Source<'_>) -> Vec<PageLine> {
    let who = author(item);
    let when = time::clock_time(item.entry.at, source.zone);
    let (role, state) = state(item, source);
    let quiet = SafeText::line(&if who.is_empty() {
        when
    } else {
        format!("{who} {when}")
    });
    let state = SafeText::line(&state);
    if state.is_empty() {
        return vec![PageLine {
            indent: 0,
            pieces: vec![Piece {
                role: Role::Quiet,
                text: quiet,
            }],
        }];
    }
    let quiet = SafeText::line(&format!("{quiet} · "));
    let room = text_columns(source.width);
    if quiet.width() + state.width() <= room {
        let pieces = vec![
            Piece {
                role: Role::Quiet,
                text: quiet,
            },
            Piece { role, text: state },
        ];
        return vec![PageLine { indent: 0, pieces }];
    }
    let mut lines = vec![line(
        Role::Quiet,
        quiet.as_str().trim_end_matches([' ', '·']),
    )];
    let wrapped = state.wrap(room);
    lines.extend(wrapped.into_iter().map(|text| PageLine {
        indent: 0,
        pieces: vec![Piece { role, text }],
    }));
    lines
}

/// A status in a word and a mark, a failure with its reason.
fn state(item: &TimelineItem, source: Source<'_>) -> (Role, String) {
    if let Some(state) = timed_state(item, source) {
        return state;
    }
    let held = |until: &Timestamp| goes_in(*until, source.now);
    let resend = &source.keys.resend;
    match (&item.local, item.entry.status) {
        (Some(Local::Held { until }), _) if held(until).is_some() => {
            let seconds = held(until).map_or(0, |(seconds, _)| seconds);
            (
                Role::Pending,
                format!("sends in {seconds} s ◷ · {}", back(source)),
            )
        }
        (Some(Local::Waiting | Local::Held { .. }), _) => match source.reach {
            Reach::Online => (Role::Pending, "sending… ◷".to_owned()),
            Reach::Offline => (Role::Pending, "waiting to send ◷".to_owned()),
        },
        (Some(Local::Refused(problem)), _) => (Role::Bad, refused(problem, resend)),
        (None, Some(status)) if status.is_failure() => (
            Role::Bad,
            format!(
                "{} {}{} · {}",
                status.word(),
                status.mark(),
                reason(&item.entry),
                remedy(&item.entry, source)
            ),
        ),
        (None, Some(DeliveryStatus::Unknown)) => {
            let mark = DeliveryStatus::Unknown.mark();
            (
                Role::Bad,
                format!("asking Twilio whether it was taken {mark}"),
            )
        }
        (None, Some(status @ DeliveryStatus::Unconfirmed)) => (
            Role::Bad,
            format!(
                "{} {} Twilio's answer was lost and it knows no such text: it may have arrived \
                 · {resend} sends it again",
                status.word(),
                status.mark()
            ),
        ),
        (None, Some(status)) => {
            let role = match status {
                DeliveryStatus::Delivered | DeliveryStatus::Read => Role::Good,
                _ => Role::Quiet,
            };
            (
                role,
                format!("{} {}", status.word(), status.mark())
                    .trim_end()
                    .to_owned(),
            )
        }
        (None, None) => (Role::Quiet, String::new()),
    }
}

/// Why the relay did not take a text, and what can be done.
fn refused(problem: &Problem, resend: &str) -> String {
    if let Some(meanwhile) = &problem.meanwhile {
        let words = meanwhile.words("the customer");
        return format!("not sent ✗ {words} meanwhile · {resend} takes it back");
    }
    let words = if problem.detail.is_empty() {
        &problem.title
    } else {
        &problem.detail
    };
    format!("refused ✗ {words} · {resend} edits it")
}

/// How a text that waits is taken back.
fn back(source: Source<'_>) -> String {
    let Keys {
        undo, take_back, ..
    } = source.keys;
    format!("{undo} ({take_back} while writing) takes it back")
}

/// The same of a text that waits for its time, or is about to be canceled.
fn timed_state(item: &TimelineItem, source: Source<'_>) -> Option<(Role, String)> {
    let status = item.entry.status?;
    match (&item.local, status) {
        (Some(Local::Waiting) | None, DeliveryStatus::Scheduled) => {
            let due = timed::due(&item.entry, source.now, source.zone);
            let waits = match (&item.local, source.reach) {
                (Some(_), Reach::Offline) => " · the relay does not know it yet",
                _ => "",
            };
            let role = match item.entry.held_since {
                Some(_) => Role::Bad,
                None => Role::Pending,
            };
            Some((role, format!("◷ {due}{waits} · {}", source.keys.timed)))
        }
        (Some(Local::Waiting), DeliveryStatus::Canceled) => {
            let says = format!("{} {}", status.word(), status.mark());
            Some((Role::Pending, says))
        }
        _ => None,
    }
}

/// What the agent can do about a failure.
fn remedy(entry: &Entry, source: Source<'_>) -> String {
    let key = &source.keys.resend;
    match &entry.error {
        Some(error) if is_lasting(error.code) => format!("{key} edits it"),
        _ => format!("{key} sends it again"),
    }
}

fn reason(entry: &Entry) -> String {
    match &entry.error {
        Some(error) if error.code == DeliveryError::OURS => format!(" {}", error.text),
        Some(DeliveryError { code, .. }) if explain(*code).is_some() => {
            format!(" {} ({code})", explain(*code).unwrap_or_default())
        }
        Some(DeliveryError { code, text }) if text.is_empty() => format!(" error {code}"),
        Some(DeliveryError { code, text }) => format!(" {text} ({code})"),
        None => String::new(),
    }
}

fn note(item: &TimelineItem, source: Source<'_>) -> Vec<PageLine> {
    let who = author(item);
    let when = time::clock_time(item.entry.at, source.zone);
    let head = line(
        Role::Note,
        &format!("┆ note · {who} {when} · for colleagues"),
    );
    let body = words(&item.entry, Role::Note, source)
        .into_iter()
        .map(|mut line| {
            line.pieces.insert(
                0,
                Piece {
                    role: Role::Note,
                    text: SafeText::line("┆ "),
                },
            );
            line
        });
    let foot = note_state(item, source);
    indented(
        std::iter::once(head).chain(body).chain(foot).collect(),
        MARGIN,
    )
}

/// How a note gets on that only this device knows.
fn note_state(item: &TimelineItem, source: Source<'_>) -> Vec<PageLine> {
    let (role, says) = match (&item.local, source.reach) {
        (None, _) => return Vec::new(),
        // Notes are not held back; one that were would wait like any other.
        (Some(Local::Waiting | Local::Held { .. }), Reach::Online) => {
            (Role::Pending, "saving… ◷".to_owned())
        }
        (Some(Local::Waiting | Local::Held { .. }), Reach::Offline) => {
            (Role::Pending, "waiting to be saved ◷".to_owned())
        }
        (Some(Local::Refused(problem)), _) => {
            let words = match problem.detail.as_str() {
                "" => &problem.title,
                detail => detail,
            };
            let key = &source.keys.resend;
            let says = format!("note refused ✗ {words} · {key} edits it");
            (Role::Bad, says)
        }
    };
    let wrapped = SafeText::line(&says).wrap(text_columns(source.width));
    let line = |text| {
        let mark = SafeText::line("┆ ");
        let pieces = [(Role::Note, mark), (role, text)];
        let pieces = pieces.map(|(role, text)| Piece { role, text });
        PageLine {
            indent: 0,
            pieces: pieces.into(),
        }
    };
    wrapped.into_iter().map(line).collect()
}

fn activity(item: &TimelineItem, source: Source<'_>) -> Vec<PageLine> {
    let when = time::clock_time(item.entry.at, source.zone);
    let sign = match item.entry.entry_kind {
        EntryKind::Call => "call:".to_owned(),
        _ => author(item),
    };
    let text = format!("{sign} {} · {when}", told(&item.entry, source));
    let text = SafeText::line(text.trim_start());
    let room = usize::from(source.width.saturating_sub(2 * MARGIN));
    text.wrap(room)
        .iter()
        .map(|part| centred(part.as_str(), Role::Quiet, source.width))
        .collect()
}

/// What was done, with its times as people here read them.
fn told(entry: &Entry, source: Source<'_>) -> String {
    let times = entry.activity.iter().filter_map(|activity| match activity {
        Activity::SnoozedUntil { to, .. } => *to,
        Activity::TimedText {
            change: TimedChange::Moved { to, .. },
            ..
        } => Some(*to),
        _ => None,
    });
    times.fold(entry.body.clone(), |body, at| {
        body.replace(&at.to_rfc3339(), &when::told(at, source.now, source.zone))
    })
}

/// The body and the attachments, wrapped, not yet indented.
fn words(entry: &Entry, role: Role, source: Source<'_>) -> Vec<PageLine> {
    let room = text_columns(source.width);
    let mut lines = Vec::new();
    if !entry.body.is_empty() {
        let wrapped = SafeText::block(&entry.body).wrap(room);
        let needles = source.hit.filter(|(id, _)| *id == entry.id);
        lines.extend(wrapped.into_iter().map(|text| PageLine {
            indent: 0,
            pieces: match needles {
                Some((_, needles)) => marked(&text, needles, role),
                None => vec![Piece { role, text }],
            },
        }));
    }
    for media in &entry.media {
        let text = SafeText::line(&format!("▣ {}", media.content_type)).truncate_to_width(room);
        lines.push(PageLine {
            indent: 0,
            pieces: vec![Piece { role, text }],
        });
    }
    if lines.is_empty() {
        lines.push(line(Role::Quiet, "(empty text)"));
    }
    lines
}

/// Cut so that the time behind it always stands on the same line.
fn author(item: &TimelineItem) -> String {
    let name = match (&item.author_name, &item.entry.author) {
        (Some(name), _) => name.clone(),
        (None, Author::Automation(cause)) => match item.entry.ai_generated {
            Some(ai) => format!("auto: AI, {} % sure", ai.confidence),
            None => format!("auto: {}", cause.words()),
        },
        (None, Author::Agent(_) | Author::Contact) => String::new(),
    };
    SafeText::line(&name)
        .truncate_to_width(AUTHOR_COLUMNS_MAX)
        .into_string()
}

fn text_columns(width: u16) -> usize {
    usize::from((width.saturating_mul(TEXT_PERCENT) / 100).max(1))
}

fn line(role: Role, text: &str) -> PageLine {
    PageLine {
        indent: 0,
        pieces: vec![Piece {
            role,
            text: SafeText::line(text),
        }],
    }
}

fn centred(text: &str, role: Role, width: u16) -> PageLine {
    let line = line(role, text);
    PageLine {
        indent: width.saturating_sub(line.width()) / 2,
        ..line
    }
}

fn indented(mut lines: Vec<PageLine>, indent: u16) -> Vec<PageLine> {
    for line in &mut lines {
        line.indent += indent;
    }
    lines
}

impl PageLine {
    /// Columns of its pieces together.
    fn width(&self) -> u16 {
        let columns: usize = self.pieces.iter().map(|piece| piece.text.width()).sum();
        u16::try_from(columns).unwrap_or(u16::MAX)
    }
}
