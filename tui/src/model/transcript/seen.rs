//! "seen by Bo 13:20": under the newest text that a colleague has read.

use super::{PageLine, Piece, Role, Source, time};
use crate::model::chat::TimelineItem;
use smsdesk_common::entry::EntryKind;
use smsdesk_common::ids::Seq;
use smsdesk_common::safe_text::SafeText;

/// Free columns between the frame and a text.
const MARGIN: u16 = 2;

/// Whose eyes this text is the newest for; none where it is for nobody's.
pub(super) fn line(item: &TimelineItem, source: Source<'_>) -> Option<PageLine> {
    let entry = &item.entry;
    if item.local.is_some() || entry.entry_kind != EntryKind::Message || source.read_by.is_empty() {
        return None;
    }
    let next = next_text(source, entry.position);
    let mut readers = source.read_by.iter().filter(|reader| {
        reader.position >= entry.position && next.is_none_or(|next| reader.position < next)
    });
    let first = readers.next()?;
    let says = |name: &str, at| format!("{name} {}", time::clock_time(at, source.zone));
    let mut words = format!("seen by {}", says(&first.name, first.at));
    for reader in readers {
        words.push_str(", ");
        words.push_str(&says(&reader.name, reader.at));
    }
    let room = usize::from(source.width.saturating_sub(2 * MARGIN));
    let text = SafeText::line(&words).truncate_to_width(room);
    let width = u16::try_from(text.width()).unwrap_or(u16::MAX);
    let role = Role::Quiet;
    Some(PageLine {
        indent: source.width.saturating_sub(MARGIN.saturating_add(width)),
        pieces: vec![Piece { role, text }],
    })
}

/// Where the next text stands.
fn next_text(source: Source<'_>, position: Seq) -> Option<Seq> {
    let texts = source
        .items
        .iter()
        .filter(|item| item.local.is_none() && item.entry.entry_kind == EntryKind::Message);
    texts
        .map(|item| item.entry.position)
        .filter(|next| *next > position)
        .min()
}
