//! The lists of the test disk, by the rule of filters itself.

use super::NOW;
use super::build::agent_ana;
use super::disk::Disk;
use crate::model::list::{ListQuery, ListRow, ListSlice, View};
use crate::model::listing::{Listing, Sorting};
use jiff::tz::TimeZone;
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::filter::{Facts, Filter, Viewpoint, last_activity};
use smsdesk_common::ids::ConversationId;

impl Disk {
    /// The listing's rows by the rule of filters itself.
    fn rows_of(&self, listing: &Listing) -> Vec<ListRow> {
        let saved = match listing.view {
            View::Saved(number) => self.saved.get(number.index()),
            _ => None,
        };
        let view = saved.map_or_else(|| listing.view.filter(), |saved| saved.filter.clone());
        self.sorted(&view.and(&listing.narrowed), listing.sorting)
    }

    fn sorted(&self, filter: &Filter, sorting: Sorting) -> Vec<ListRow> {
        let from = Viewpoint {
            me: Some(agent_ana().id),
            now: NOW,
            zone: TimeZone::UTC,
        };
        let meant = |row: &&ListRow| {
            let facts = Facts {
                conversation: &row.conversation,
                name: row.name.as_deref(),
                owner: row.owner.as_deref(),
                unread: row.unread,
                has_draft: row.has_draft,
                opted_out: false,
                speaker: None,
            };
            filter.matches(&facts, &from)
        };
        let mut rows: Vec<ListRow> = self.rows.iter().filter(meant).cloned().collect();
        let last = |row: &ListRow| last_activity(&row.conversation).as_millis();
        match sorting {
            Sorting::LongestWait => rows.sort_by_key(|row| {
                let waits = row.conversation.waiting_since;
                (waits.is_none(), waits, row.conversation.id)
            }),
            Sorting::Newest => rows.sort_by_key(|row| (-last(row), row.conversation.id)),
            Sorting::Oldest => rows.sort_by_key(|row| (last(row), row.conversation.id)),
            Sorting::Name => rows.sort_by_key(|row| {
                let name = row.name.clone().filter(|name| !name.is_empty());
                (name.is_none(), name, row.conversation.id)
            }),
        }
        rows
    }

    pub(super) fn list(&self, query: &ListQuery) -> ListSlice {
        let listing = query.listing();
        let all = self.rows_of(listing);
        let count = |rows: &[ListRow]| u32::try_from(rows.len()).expect("few");
        let total = count(&all);
        let part = |start: usize, limit: u32| {
            let rows = all.iter().skip(start).take(limit as usize);
            rows.cloned().collect::<Vec<_>>()
        };
        let (rows, start) = match query {
            ListQuery::Range { start, limit, .. } => (part(*start as usize, *limit), *start),
            ListQuery::Around {
                conversation,
                limit,
                ..
            } => {
                let at = all
                    .iter()
                    .position(|row| row.conversation.id == *conversation);
                let start = at.unwrap_or(0).saturating_sub(*limit as usize / 2);
                (part(start, *limit), u32::try_from(start).expect("few"))
            }
            ListQuery::Frozen {
                conversations,
                start,
                ..
            } => {
                let row = |id: &ConversationId| {
                    self.rows
                        .iter()
                        .find(|row| row.conversation.id == *id)
                        .cloned()
                };
                (conversations.iter().filter_map(row).collect(), *start)
            }
        };
        let saved = self.saved.iter();
        ListSlice {
            listing: listing.clone(),
            start,
            total,
            rows,
            counts: View::ALL.map(|view| count(&self.rows_of(&view.into()))),
            saved: saved
                .map(|saved| count(&self.sorted(&saved.filter, saved.sorting)))
                .collect(),
            today: (48, 31),
            waiting: self.waiting(),
            sending: self.sending,
            timed: super::timed::count(self),
        }
    }

    pub(super) fn waiting(&self) -> u32 {
        let me = Some(agent_ana().id);
        let rows = self.rows.iter().map(|row| &row.conversation);
        let open = rows.filter(|row| row.status == ConversationStatus::Open);
        let ours = open.filter(|row| row.assignee.is_none() || row.assignee == me);
        let waiting = ours.filter(|row| row.waiting_since.is_some()).count();
        u32::try_from(waiting).expect("few")
    }
}
