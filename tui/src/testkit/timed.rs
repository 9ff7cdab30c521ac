//! What the disk does with texts that wait for their time.

use super::build::Text;
use super::disk::Disk;
use crate::effect::Effect;
use crate::event::CacheEvent;
use crate::model::chat::Local;
use crate::model::timed::{TimedDeed, TimedText};
use smsdesk_common::ids::RequestId;
use smsdesk_common::later;
use smsdesk_common::status::DeliveryStatus;
use uuid::Uuid;

pub(super) fn perform(disk: &mut Disk, effect: Effect) -> Option<CacheEvent> {
    match effect {
        Effect::SubmitLater {
            conversation,
            body,
            timing,
            ..
        } => {
            let text = Text::from_us(&body, 0, DeliveryStatus::Scheduled).local(Local::Waiting);
            disk.forget_draft(conversation, &body);
            disk.add(conversation, text);
            let item = disk.texts_mut(conversation).last_mut()?;
            item.entry.send_at = Some(timing.at);
            item.entry.zone = timing.zone;
            item.entry.cancel_on_reply = timing.cancel_on_reply;
            Some(CacheEvent::TimedKept {
                conversation,
                entry: item.entry.id,
                at: timing.at,
            })
        }
        Effect::ChangeTimed {
            conversation,
            text,
            deed,
        } => {
            let mut texts = disk.texts_mut(conversation).iter_mut();
            let item = texts.find(|item| item.entry.id == text && item.entry.is_timed());
            let body = item.as_ref().map(|item| item.entry.body.clone());
            let deed: Option<TimedDeed> = item.map(|item| {
                later::apply(&deed.patch(RequestId(Uuid::nil())), &mut item.entry);
                deed
            });
            if let (Some(TimedDeed::TakeBack), Some(body)) = (&deed, body) {
                disk.take_up(conversation, &body);
                return Some(CacheEvent::TakenBack { conversation, body });
            }
            Some(CacheEvent::TimedChanged { conversation, deed })
        }
        _ => Some(CacheEvent::Timed(all(disk))),
    }
}

pub(super) fn count(disk: &Disk) -> u32 {
    u32::try_from(all(disk).len()).expect("few")
}

fn all(disk: &Disk) -> Vec<TimedText> {
    let timed = disk.all_texts().filter(|item| item.entry.is_timed());
    let mut texts: Vec<_> = timed
        .map(|item| TimedText {
            entry: item.entry.clone(),
            name: disk.name_of(item.entry.conversation),
            pending: item.local.is_some(),
            contact: disk
                .contacts
                .get(&item.entry.conversation)
                .cloned()
                .map(Box::new),
        })
        .collect();
    texts.sort_by_key(|text| (text.entry.send_at, text.entry.position));
    texts
}
