//! The disk for tests, searched by the rule itself.

use super::NOW;
use super::build::agent_ana;
use super::disk::Disk;
use crate::model::chat::TimelineKey;
use crate::model::list::ListRow;
use crate::model::search::{Found, Hit, Person, SearchQuery, Who};
use jiff::tz::TimeZone;
use smsdesk_common::filter::{Facts, Said, Search, Viewpoint, last_activity};

impl Disk {
    pub(super) fn search(&self, query: SearchQuery) -> Found {
        let filter = Search::read(&query.text).filter;
        let from = Viewpoint {
            me: Some(agent_ana().id),
            now: NOW,
            zone: TimeZone::UTC,
        };
        let (mut hits, mut people) = (Vec::new(), Vec::new());
        for row in &self.rows {
            let facts = facts(row);
            let who = Who {
                conversation: row.conversation.id,
                name: row.name.clone(),
                address: row.conversation.address.clone(),
            };
            if filter.means_person(&facts, "", &from) {
                let last_at = last_activity(&row.conversation);
                let who = who.clone();
                people.push(Person { who, last_at });
            }
            let ends = (&row.conversation.address, &row.conversation.line);
            for item in self.texts.get(&who.conversation).into_iter().flatten() {
                let entry = &item.entry;
                let author_name = item.author_name.as_deref();
                let said = Said::of(entry, author_name, facts.name, ends);
                if item.local.is_none() && filter.means(&said, &entry.body, &facts, &from) {
                    hits.push(Hit {
                        who: who.clone(),
                        entry: entry.id,
                        key: TimelineKey::of(entry),
                        entry_kind: entry.entry_kind,
                        direction: entry.direction,
                        author_name: item.author_name.clone(),
                        body: entry.body.clone(),
                        media: said.media,
                    });
                }
            }
        }
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.key));
        people.sort_by_key(|person| std::cmp::Reverse(person.last_at));
        Found {
            query,
            hits,
            people,
            coverage: self.coverage,
            ..Found::default()
        }
    }
}

fn facts(row: &ListRow) -> Facts<'_> {
    Facts {
        conversation: &row.conversation,
        name: row.name.as_deref(),
        owner: row.owner.as_deref(),
        unread: row.unread,
        has_draft: row.has_draft,
        opted_out: false,
        speaker: None,
    }
}
