//! Drafts: words that were typed and not sent. A conversation has one of a text and one of a note.

use super::error::CacheError;
use super::outbox::TEXT_BYTES_MAX;
use super::sql::uuid_out;
use super::{Cache, begun, templates};
use crate::clock;
use crate::model::editor::EDITOR_CHARACTERS_MAX;
use crate::model::hold::before;
use crate::model::lent::Placed;
use crate::model::note::Writing;
use crate::model::templates::Origin;
use rusqlite::{Connection, OptionalExtension as _, params};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::time::Timestamp;

/// The most drafts that filters know of: people write them by hand.
const DRAFTS_MAX: u32 = 1_000;

/// The drafts of one kind, each in a table of its own: the words of a note never become a text's.
#[derive(Debug)]
pub(super) struct Drafts {
    table: &'static str,
}

/// Texts to customers.
pub(super) const TEXTS: Drafts = Drafts { table: "draft" };
/// Notes among colleagues.
pub(super) const NOTES: Drafts = Drafts {
    table: "note_draft",
};

impl Drafts {
    /// Keeps `text` as the draft; an empty one is forgotten.
    pub(super) fn save(
        &self,
        connection: &Connection,
        conversation: ConversationId,
        text: &str,
        now: Timestamp,
    ) -> Result<(), CacheError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(CacheError::TextTooLong(text.len()));
        }
        if text.is_empty() {
            return self.forget(connection, conversation);
        }
        let table = self.table;
        connection
            .prepare_cached(&format!(
                "INSERT INTO {table} (conversation, text, saved_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (conversation) DO UPDATE SET text = excluded.text,
                     saved_at = excluded.saved_at"
            ))?
            .execute(params![conversation.0.as_bytes(), text, now.as_millis()])?;
        Ok(())
    }

    /// The draft; empty without one.
    pub(super) fn load(
        &self,
        connection: &Connection,
        conversation: ConversationId,
    ) -> Result<String, CacheError> {
        let table = self.table;
        let text = connection
            .prepare_cached(&format!("SELECT text FROM {table} WHERE conversation = ?1"))?
            .query_row([conversation.0.as_bytes()], |row| row.get(0))
            .optional()?;
        Ok(text.unwrap_or_default())
    }

    /// Makes `text` the draft where there is none.
    pub(super) fn keep_if_none(
        &self,
        connection: &Connection,
        conversation: ConversationId,
        text: &str,
        now: Timestamp,
    ) -> Result<(), CacheError> {
        match self.load(connection, conversation)?.is_empty() {
            true => self.save(connection, conversation, text, now),
            false => Ok(()),
        }
    }

    /// Puts `text` before the draft.
    pub(super) fn put_before(
        &self,
        connection: &Connection,
        conversation: ConversationId,
        text: &str,
        now: Timestamp,
    ) -> Result<(), CacheError> {
        let draft = self.load(connection, conversation)?;
        self.save(connection, conversation, &before(text, &draft), now)
    }

    /// Forgets the draft where it says the same as `text`, and tells what it owed to templates. White
    /// space around it is never sent.
    pub(super) fn forget_if_equal(
        &self,
        connection: &Connection,
        conversation: ConversationId,
        text: &str,
    ) -> Result<Origin, CacheError> {
        if self.load(connection, conversation)?.trim() != text.trim() {
            return Ok(Origin::default());
        }
        let owed = match self.owes() {
            true => templates::origin(connection, conversation)?,
            false => Origin::default(),
        };
        self.forget(connection, conversation)?;
        Ok(owed)
    }

    fn forget(
        &self,
        connection: &Connection,
        conversation: ConversationId,
    ) -> Result<(), CacheError> {
        let table = self.table;
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE conversation = ?1"))?
            .execute([conversation.0.as_bytes()])?;
        match self.owes() {
            true => templates::forget_origin(connection, conversation),
            false => Ok(()),
        }
    }

    /// Whether such drafts can owe something to templates.
    fn owes(&self) -> bool {
        self.table == TEXTS.table
    }
}

/// Whether there is a draft, of a text or of a note.
pub(super) fn exists(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<bool, CacheError> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM draft WHERE conversation = ?1
             UNION ALL SELECT 1 FROM note_draft WHERE conversation = ?1",
        )?
        .exists([conversation.0.as_bytes()])?)
}

/// Which conversations have one, at most [`DRAFTS_MAX`].
pub(super) fn conversations(connection: &Connection) -> Result<Vec<ConversationId>, CacheError> {
    let mut statement = connection.prepare_cached(
        "SELECT conversation FROM draft UNION SELECT conversation FROM note_draft LIMIT ?1",
    )?;
    let rows = statement.query_map([DRAFTS_MAX], |row| uuid_out(row, 0).map(ConversationId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Cache {
    /// Keeps a draft; an empty one is forgotten.
    ///
    /// # Errors
    /// The disk, or a text of more than [`TEXT_BYTES_MAX`].
    pub async fn save_draft(
        &self,
        conversation: ConversationId,
        text: String,
    ) -> Result<(), CacheError> {
        self.keep_draft(&TEXTS, conversation, text).await
    }

    /// Keeps the draft of a note; an empty one is forgotten.
    ///
    /// # Errors
    /// The disk, or a text of more than [`TEXT_BYTES_MAX`].
    pub async fn save_note_draft(
        &self,
        conversation: ConversationId,
        text: String,
    ) -> Result<(), CacheError> {
        self.keep_draft(&NOTES, conversation, text).await
    }

    async fn keep_draft(
        &self,
        drafts: &'static Drafts,
        conversation: ConversationId,
        text: String,
    ) -> Result<(), CacheError> {
        let now = clock::now();
        self.work(move |disk| {
            let conversation = begun::meant(&disk.outbox, conversation)?;
            drafts.save(&disk.outbox, conversation, &text, now)
        })
        .await
    }

    /// Makes `words` the draft that was handed to an editor as `handed`. What became the draft since
    /// stays, behind them. Doing it again changes nothing.
    ///
    /// # Errors
    /// The disk, or more characters than a draft may have; then nothing has changed.
    pub async fn take_edited(
        &self,
        (conversation, writing): (ConversationId, Writing),
        handed: String,
        words: String,
    ) -> Result<Placed, CacheError> {
        let now = clock::now();
        self.work(move |disk| {
            let drafts = match writing {
                Writing::Reply => &TEXTS,
                Writing::Note => &NOTES,
            };
            let conversation = begun::meant(&disk.outbox, conversation)?;
            let draft = drafts.load(&disk.outbox, conversation)?;
            let (text, placed) = placed(&draft, &handed, &words);
            // A composer would cut it.
            if text.chars().count() > EDITOR_CHARACTERS_MAX {
                return Err(CacheError::TextTooLong(text.len()));
            }
            if text != draft {
                drafts.save(&disk.outbox, conversation, &text, now)?;
            }
            Ok(placed)
        })
        .await
    }
}

/// What is the draft once an editor's words are taken back, and how they stand there.
fn placed(draft: &str, handed: &str, words: &str) -> (String, Placed) {
    let is_there = draft == words || draft.starts_with(&format!("{words}\n"));
    if is_there {
        (draft.to_owned(), Placed::Alone)
    } else if draft.trim() == handed.trim() {
        (words.to_owned(), Placed::Alone)
    } else {
        (before(words, draft), Placed::BeforeNewer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_words_replace_what_was_handed_over_and_never_what_came_since() {
        for (draft, handed, expected) in [
            ("half", "half", ("half a text", Placed::Alone)),
            ("half", "half\n", ("half a text", Placed::Alone)),
            ("", "", ("half a text", Placed::Alone)),
            ("", "half", ("half a text", Placed::BeforeNewer)),
            ("newer", "half", ("half a text\nnewer", Placed::BeforeNewer)),
        ] {
            let (text, how) = placed(draft, handed, "half a text");
            assert_eq!((text.as_str(), how), expected, "{draft:?} {handed:?}");
        }
    }

    proptest! {
        #[test]
        fn words_that_are_taken_again_stand_there_once(
            draft in "[ab\n]{0,6}", handed in "[ab\n]{0,6}", words in "[ab\n]{0,5}[ab]",
        ) {
            let once = placed(&draft, &handed, &words).0;
            prop_assert_eq!(&placed(&once, &handed, &words).0, &once);
            prop_assert!(once.contains(&words));
            prop_assert!(draft.trim() == handed.trim() || once.contains(draft.trim()));
        }
    }
}
