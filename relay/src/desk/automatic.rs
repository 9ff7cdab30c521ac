//! A text that nobody typed goes out, or waits, or does not: decided in one transaction with whatever
//! asked for it. It answers nobody, closes and reopens nothing, and goes behind what people wrote.

use crate::desk::gates::{self, Gate};
use crate::desk::receive::{blank_contact, contact_of, open_conversation};
use crate::desk::send::{self, Later, Recipient};
use crate::desk::{DeskError, lines, reach, shield};
use crate::store::sql::Tx;
use crate::store::{StoreError, automatic, conversations, entries, templates, timed};
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::entry::{Author, Cause, Entry};
use smsdesk_common::ids::{EntryId, TemplateId};
use smsdesk_common::insight::AiGenerated;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;

/// The longest key, in characters: a word, two ids and a few separators.
const KEY_CHARACTERS_MAX: usize = 128;

/// A text that nobody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Automatic {
    /// The same whenever this text is decided again; unique for ever: `rule:ID:ENTRY`.
    pub key: String,
    /// Why it goes out.
    pub cause: Cause,
    /// To whom.
    pub recipient: Recipient,
    /// The words.
    pub body: String,
    /// What the words were made from.
    pub template: Option<TemplateId>,
    /// How long it may wait for a better hour before it is dropped, in milliseconds; none for what is
    /// set.
    pub expires_ms: Option<i64>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is on its way; the outbox wants to hear its bell.
    Queued(Entry),
    /// It goes later; the timer wants to hear its bell.
    Waits(Entry),
    /// It was decided before; as it is by now.
    Before(Entry),
    /// It does not go. Nothing was stored: decided again, it may.
    Refused(Refusal),
}

/// Why it does not go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The person wants no texts from this line.
    OptedOut,
    /// Its switch is off.
    Disabled,
    /// It is an hour in which nobody is texted, and it cannot wait for so long.
    Quiet,
    /// The person, or the line, has had as many as it may.
    Capped,
    /// No text reaches the number.
    Unreachable,
    /// It cannot be sent as it is, in words.
    NotSupported(String),
}

/// Decides on a text and stores it where it goes. Decided again under its key it does nothing and
/// gives the entry that it has made.
///
/// # Errors
/// The database cannot be written; nothing is stored then.
pub fn send(tx: &mut dyn Tx, text: &Automatic) -> Result<Outcome, StoreError> {
    send_marked(tx, text, None)
}

/// As [`send()`], with the mark of words that a machine made.
///
/// # Errors
/// As [`send()`].
pub(super) fn send_marked(
    tx: &mut dyn Tx,
    text: &Automatic,
    made: Option<AiGenerated>,
) -> Result<Outcome, StoreError> {
    if let Some(id) = automatic::find(tx, &text.key)? {
        return match entries::find(tx, id)? {
            Some(entry) => Ok(Outcome::Before(entry)),
            None => Err(StoreError::column(0, "automatic.entry: there is no such")),
        };
    }
    match decide(tx, text, made) {
        Ok(outcome) => Ok(outcome),
        Err(Unsent::Refused(refusal)) => Ok(Outcome::Refused(refusal)),
        Err(Unsent::Store(error)) => Err(error),
    }
}

/// Why [`decide`] stopped.
enum Unsent {
    Refused(Refusal),
    Store(StoreError),
}

impl From<StoreError> for Unsent {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<DeskError> for Unsent {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Store(error) => Self::Store(error),
            DeskError::Refused { detail, .. }
            | DeskError::Conflict { detail, .. }
            | DeskError::Lacks { detail, .. }
            | DeskError::Meanwhile { detail, .. } => Self::Refused(Refusal::NotSupported(detail)),
        }
    }
}

fn decide(tx: &mut dyn Tx, text: &Automatic, made: Option<AiGenerated>) -> Result<Outcome, Unsent> {
    let refused = |refusal| Err(Unsent::Refused(refusal));
    if text.key.is_empty() || text.key.chars().count() > KEY_CHARACTERS_MAX {
        let detail = format!("the key: expected 1 to {KEY_CHARACTERS_MAX} characters");
        return refused(Refusal::NotSupported(detail));
    }
    send::check_body(&text.body)?;
    let place = place(tx, &text.recipient)?;
    let author = Author::Automation(text.cause.clone());
    let Ok(pass) = shield::check(tx, &author, &place.line, &place.to)? else {
        return refused(Refusal::OptedOut);
    };
    match reach::check(tx, &place.to) {
        Ok(()) => {}
        Err(DeskError::Store(error)) => return Err(Unsent::Store(error)),
        Err(_) => return refused(Refusal::Unreachable),
    }
    let wait_ms = match text.expires_ms {
        Some(own) => own.max(0),
        None => gates::wait_ms(tx)?,
    };
    let expires = tx.now().plus_millis(wait_ms);
    let later = match asked(tx, &text.cause, &place.line, &place.to)? {
        Gate::Open => None,
        Gate::Later(at, _) if at <= expires => Some(timed_for(at)),
        Gate::Later(_, refusal) | Gate::Closed(refusal) => return refused(refusal),
    };
    let mut conversation = conversation_at(tx, place)?;
    let id = EntryId(tx.new_id());
    let mut entry = send::entry_of(tx, id, &conversation, author, &text.body, later.as_ref());
    entry.ai_generated = made;
    let entry = entries::insert(tx, entry)?;
    automatic::insert(tx, &text.key, entry.id, expires)?;
    if let Some(template) = text.template {
        templates::count_use(tx, template)?;
    }
    if later.is_some() {
        conversations::update(tx, &mut conversation)?;
        return Ok(Outcome::Waits(entry));
    }
    send::queue(tx, &mut conversation, &entry, pass)?;
    Ok(Outcome::Queued(entry))
}

/// What a person is owed by law waits for no hour and counts for no cap.
fn asked(tx: &mut dyn Tx, cause: &Cause, line: &Address, to: &Address) -> Result<Gate, StoreError> {
    match cause {
        Cause::OptOut => Ok(Gate::Open),
        _ => Ok(match gates::ask(tx, cause, line, to)? {
            // Waiting for what is past would never end.
            Gate::Later(at, _) if at <= tx.now() => Gate::Open,
            gate => gate,
        }),
    }
}

const fn timed_for(send_at: Timestamp) -> Later {
    Later {
        send_at,
        zone: None,
        cancel_on_reply: false,
    }
}

/// Between whom a text goes.
struct Place {
    line: Address,
    to: Address,
    held: Option<Conversation>,
    open: Option<smsdesk_common::ids::ConversationId>,
}

fn place(tx: &mut dyn Tx, recipient: &Recipient) -> Result<Place, DeskError> {
    match recipient {
        Recipient::Conversation(_) => {
            let held = send::conversation_of(tx, recipient)?;
            Ok(Place {
                line: held.line.clone(),
                to: held.address.clone(),
                held: Some(held),
                open: None,
            })
        }
        Recipient::Address { to, line, open } => {
            let line = lines::choose(tx, line.as_deref())?;
            Ok(Place {
                held: conversations::between(tx, &line, to)?,
                line,
                to: to.clone(),
                open: *open,
            })
        }
    }
}

/// The conversation of a text. One that is new is nobody's work until the customer writes.
fn conversation_at(tx: &mut dyn Tx, place: Place) -> Result<Conversation, DeskError> {
    if let Some(held) = place.held {
        return Ok(held);
    }
    let blank = blank_contact(tx, &place.to);
    let contact = contact_of(tx, &place.to, blank)?;
    let id = send::free_id(tx, place.open)?;
    let mut conversation = open_conversation(tx, id, &place.line, &place.to, contact)?;
    conversation.status = ConversationStatus::Done;
    Ok(conversation)
}

/// What is to be done with a text that waited, now that its time has come.
pub(super) enum Due {
    /// It goes out.
    Go,
    /// It waits on; that is stored.
    Waits,
    /// It does not go any more, in words.
    Dropped(&'static str),
}

/// Decides again on a text that waited until its time; none where somebody typed it.
///
/// # Errors
/// The database cannot be written.
pub(super) fn due(tx: &mut dyn Tx, entry: &mut Entry) -> Result<Option<Due>, StoreError> {
    let Some(expires) = automatic::expires(tx, entry.id)? else {
        return Ok(None);
    };
    let conversation = conversations::find(tx, entry.conversation)?;
    let (Author::Automation(cause), Some(conversation)) = (&entry.author, conversation) else {
        return Ok(Some(Due::Dropped("not sent: its conversation is gone")));
    };
    if tx.now() > expires {
        return Ok(Some(Due::Dropped("not sent: it had waited for too long")));
    }
    let cause = cause.clone();
    Ok(Some(
        match asked(tx, &cause, &conversation.line, &conversation.address)? {
            Gate::Open => Due::Go,
            Gate::Later(at, _) if at <= expires => {
                entry.send_at = Some(at);
                timed::update(tx, entry)?;
                Due::Waits
            }
            Gate::Later(..) => Due::Dropped("not sent: it could not wait for a better hour"),
            Gate::Closed(_) => Due::Dropped("not sent: the settings forbid it by now"),
        },
    ))
}
