//! Reads templates, and keeps what drafts owe to them.

use super::error::{CacheError, stored_record};
use super::identity;
use super::list::Shelves;
use super::sql::{count_out, uuid_out};
use crate::model::templates::{Head, Origin, Shelf, TEMPLATES_READ_MAX};
use rusqlite::{Connection, OptionalExtension as _, params};
use smsdesk_common::ids::{ConversationId, TemplateId};
use smsdesk_common::template::Template;

/// What I can choose from, without words.
pub(super) fn shelf(shelves: Shelves<'_>) -> Result<Shelf, CacheError> {
    let me = identity::me(shelves.outbox)?.map(|agent| agent.id.0.into_bytes());
    let mut statement = shelves.records.prepare_cached(
        "SELECT id, name, shortcut, folder, uses FROM template
         WHERE owner = x'' OR owner = ?1 ORDER BY uses DESC, name LIMIT ?2",
    )?;
    let me = me.as_ref().map_or(&[][..], |bytes| &bytes[..]);
    let heads = statement.query_map(params![me, TEMPLATES_READ_MAX], |row| {
        Ok(Head {
            id: TemplateId(uuid_out(row, 0)?),
            name: row.get(1)?,
            shortcut: row.get(2)?,
            folder: row.get(3)?,
            uses: count_out(row.get(4)?),
        })
    })?;
    Ok(Shelf {
        heads: heads.collect::<Result<_, _>>()?,
        company: identity::company(shelves.outbox)?,
    })
}

/// One template; none where it is not here, or of a shape of a later version.
pub(super) fn one(records: &Connection, id: TemplateId) -> Result<Option<Template>, CacheError> {
    let body: Option<String> = records
        .prepare_cached(
            "SELECT body FROM records WHERE kind = 'template' AND id = ?1 AND deleted = 0",
        )?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()?;
    Ok(body.and_then(|body| stored_record(&body).ok()))
}

/// Keeps what a draft owes to templates.
pub(super) fn keep_origin(
    outbox: &Connection,
    conversation: ConversationId,
    origin: &Origin,
) -> Result<(), CacheError> {
    if origin.is_empty() {
        return forget_origin(outbox, conversation);
    }
    outbox
        .prepare_cached(
            "INSERT INTO draft_origin (conversation, origin) VALUES (?1, ?2)
             ON CONFLICT (conversation) DO UPDATE SET origin = excluded.origin",
        )?
        .execute(params![
            conversation.0.as_bytes(),
            serde_json::to_string(origin)?
        ])?;
    Ok(())
}

/// What a draft owes to templates; nothing where that cannot be read.
pub(super) fn origin(
    outbox: &Connection,
    conversation: ConversationId,
) -> Result<Origin, CacheError> {
    let kept: Option<String> = outbox
        .prepare_cached("SELECT origin FROM draft_origin WHERE conversation = ?1")?
        .query_row([conversation.0.as_bytes()], |row| row.get(0))
        .optional()?;
    let origin = kept.and_then(|kept| serde_json::from_str(&kept).ok());
    Ok(origin.unwrap_or_default())
}

/// The draft is sent or gone.
pub(super) fn forget_origin(
    outbox: &Connection,
    conversation: ConversationId,
) -> Result<(), CacheError> {
    outbox
        .prepare_cached("DELETE FROM draft_origin WHERE conversation = ?1")?
        .execute([conversation.0.as_bytes()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::testing::{Desk, NOON, agent, conversation_id, template};
    use crate::cache::{drafts, outbox};
    use smsdesk_common::api::messages::SendMessage;
    use smsdesk_common::record::Record;

    fn names(desk: &Desk) -> Vec<String> {
        let shelf = shelf(desk.shelves()).unwrap();
        shelf.heads.into_iter().map(|head| head.name).collect()
    }

    fn record(n: u64, name: &str, uses: u32) -> Record {
        let template = Template {
            uses,
            ..template(n, name, "hi")
        };
        Record::Template(Box::new(template))
    }

    #[test]
    fn the_most_used_come_first_and_those_of_colleagues_never() {
        let theirs = Template {
            owner: Some(agent(2, "Bo").id),
            ..template(9, "his own", "hi")
        };
        let mut desk = Desk::with([
            record(1, "b", 1),
            record(2, "a", 1),
            record(3, "c", 7),
            Record::Template(Box::new(theirs)),
        ]);
        identity::remember_me(&desk.outbox, &agent(1, "Ana")).unwrap();
        assert_eq!(names(&desk), ["c", "a", "b"]);
        desk.commit([record(2, "a", 8)]);
        desk.delete("template", &template(3, "c", "").id.to_string());
        assert_eq!(names(&desk), ["a", "b"]);
        identity::remember_me(&desk.outbox, &agent(2, "Bo")).unwrap();
        assert!(names(&desk).contains(&"his own".to_owned()));
    }

    #[test]
    fn what_a_draft_owes_goes_with_it_and_names_the_template_of_what_is_sent() {
        let mut desk = Desk::with([]);
        let here = conversation_id(1);
        let owes = Origin {
            template: Some(template(1, "x", "").id),
            fields: vec!["{{ when }}".to_owned()],
        };
        keep_origin(&desk.outbox, here, &owes).unwrap();
        drafts::TEXTS
            .save(&desk.outbox, here, "at {{ when }}", NOON)
            .unwrap();
        assert_eq!(origin(&desk.outbox, here).unwrap(), owes);
        drafts::TEXTS
            .save(&desk.outbox, here, "at 9", NOON)
            .unwrap();
        let text = crate::cache::testing::text(1, 1, "at 9");
        outbox::submit(&mut desk.outbox, text, NOON).unwrap();
        let next = outbox::next(&desk.outbox, 1).unwrap().remove(0);
        let sent: SendMessage = serde_json::from_str(&next.body).unwrap();
        assert_eq!(sent.template, owes.template);
        assert!(origin(&desk.outbox, here).unwrap().is_empty());
        keep_origin(&desk.outbox, here, &owes).unwrap();
        drafts::TEXTS.save(&desk.outbox, here, "", NOON).unwrap();
        assert!(origin(&desk.outbox, here).unwrap().is_empty());
    }
}
