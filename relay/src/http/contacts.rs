//! `/v1/contacts` and what hangs below it.

use crate::desk::consent::by_agent;
use crate::desk::contact::edit::{self, Made};
use crate::desk::contact::{import, merge, remove, view};
use crate::http::access::{Body, Caller, Writer, id};
use crate::http::conversations::parameter;
use crate::http::problem::ApiError;
use crate::state::Relay;
use crate::store::sql::Reads;
use crate::store::{StoreError, contacts};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::contacts::{
    ContactPage, ContactView, Forgotten, ImportContacts, Imported, MergeContacts, NewContact,
    OptOutContact, PatchContact, QUERY_CHARACTERS_MAX, UnmergeContacts,
};
use smsdesk_common::api::conversations::{PAGE_DEFAULT, PAGE_MAX};
use smsdesk_common::contact::Contact;
use smsdesk_common::filter::{fold, number_fragment};
use smsdesk_common::ids::{ContactId, Seq};
use std::sync::Arc;

/// How many contacts one page with `q` looks at: a tenth of a second's reading.
const LOOKED_AT_MAX: usize = 5_000;
/// How many contacts are read at once while looking.
const STRIDE: u32 = 500;

/// A page of contacts, most recently touched first.
pub(crate) async fn page(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<ContactPage>, ApiError> {
    let query = query.as_deref();
    let below = parameter(query, "cursor", "`next_cursor` of the page before")?.map(Seq);
    let limit = parameter(query, "limit", "a count")?.unwrap_or(PAGE_DEFAULT);
    let limit = limit.clamp(1, PAGE_MAX) as usize;
    let words = parameter::<String>(query, "q", "text")?;
    let sought = Sought::new(&words.unwrap_or_default())?;
    let page = relay
        .store
        .read_long(move |reads| look(reads, below, limit, &sought))
        .await?;
    Ok(Json(page))
}

/// What a contact has to have in its name, its fields or its numbers.
struct Sought {
    words: Vec<String>,
    digits: Option<String>,
}

impl Sought {
    fn new(text: &str) -> Result<Self, ApiError> {
        if text.chars().count() > QUERY_CHARACTERS_MAX {
            let detail = format!("`q`: expected at most {QUERY_CHARACTERS_MAX} characters");
            return Err(ApiError::new(ErrorCode::ParameterInvalid, detail));
        }
        let words = fold(text);
        Ok(Self {
            words: words.split_whitespace().map(str::to_owned).collect(),
            digits: number_fragment(text),
        })
    }

    fn fits(&self, contact: &Contact) -> bool {
        if let Some(digits) = &self.digits
            && contact
                .addresses
                .iter()
                .any(|it| it.digits().contains(digits))
        {
            return true;
        }
        let held = contact.name.iter().chain(contact.fields.values());
        let held = held.chain(&contact.notes);
        let held = held.chain(&contact.labels).map(|it| fold(it));
        let held: Vec<_> = held.collect();
        let stands = |word: &String| held.iter().any(|it| it.contains(word.as_str()));
        self.words.iter().all(stands)
    }
}

fn look(
    reads: &mut dyn Reads,
    mut below: Option<Seq>,
    limit: usize,
    sought: &Sought,
) -> Result<ContactPage, StoreError> {
    let mut found = Vec::new();
    let mut looked = 0;
    let next = loop {
        let stride = contacts::page(reads, below, STRIDE)?;
        let last = stride.len() < STRIDE as usize;
        for contact in stride {
            below = Some(contact.seq);
            looked += 1;
            if sought.fits(&contact) {
                found.push(view(reads, contact)?);
            }
            if found.len() == limit {
                break;
            }
        }
        if found.len() == limit || looked >= LOOKED_AT_MAX {
            break below;
        }
        if last {
            break None;
        }
    };
    Ok(ContactPage {
        contacts: found,
        next_cursor: next.map(|seq| seq.to_string()),
    })
}

/// One contact.
pub(crate) async fn one(
    State(relay): State<Arc<Relay>>,
    _: Caller,
    Path(wanted): Path<String>,
) -> Result<Json<ContactView>, ApiError> {
    let wanted: ContactId = id(&wanted)?;
    let found = relay
        .store
        .read(move |reads| -> Result<_, StoreError> {
            contacts::find(reads, wanted)?
                .map(|contact| view(reads, contact))
                .transpose()
        })
        .await?;
    found.map(Json).ok_or_else(|| {
        let detail = format!("contact {wanted} does not exist");
        ApiError::new(ErrorCode::ContactUnknown, detail)
    })
}

/// Stores a new contact.
pub(crate) async fn create(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Body(new): Body<NewContact>,
) -> Result<(StatusCode, Json<ContactView>), ApiError> {
    let home = relay.live().default_region;
    let made = relay
        .store
        .write(move |tx| {
            let made = edit::create(tx, &agent, &new, home)?;
            Ok::<_, crate::desk::DeskError>(match made {
                Made::Now(contact) => (StatusCode::CREATED, view(tx, contact)?),
                Made::Before(contact) => (StatusCode::OK, view(tx, contact)?),
            })
        })
        .await?;
    Ok((made.0, Json(made.1)))
}

/// Changes a contact.
pub(crate) async fn patch(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(contact): Path<String>,
    Body(patch): Body<PatchContact>,
) -> Result<Json<ContactView>, ApiError> {
    let (contact, home) = (id(&contact)?, relay.live().default_region);
    let changed = relay
        .store
        .write(move |tx| {
            let changed = edit::patch(tx, &agent, contact, &patch, home)?;
            Ok::<_, crate::desk::DeskError>(view(tx, changed)?)
        })
        .await?;
    Ok(Json(changed))
}

/// Forgets a contact; answers with what stays for its conversations.
pub(crate) async fn delete(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(contact): Path<String>,
) -> Result<Json<Forgotten>, ApiError> {
    let contact = id(&contact)?;
    let left = relay
        .store
        .write(move |tx| {
            let left = remove::remove(tx, &agent, contact)?;
            let left = left.map(|left| view(tx, left)).transpose()?;
            Ok::<_, crate::desk::DeskError>(left)
        })
        .await?;
    Ok(Json(Forgotten { contact: left }))
}

/// Takes another contact in.
pub(crate) async fn merge(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(contact): Path<String>,
    Body(asked): Body<MergeContacts>,
) -> Result<Json<ContactView>, ApiError> {
    let contact = id(&contact)?;
    let kept = relay
        .store
        .write(move |tx| {
            let kept = merge::merge(tx, &agent, contact, &asked)?;
            Ok::<_, crate::desk::DeskError>(view(tx, kept)?)
        })
        .await?;
    Ok(Json(kept))
}

/// Takes a merge back.
pub(crate) async fn unmerge(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(contact): Path<String>,
    Body(asked): Body<UnmergeContacts>,
) -> Result<Json<ContactView>, ApiError> {
    let contact = id(&contact)?;
    let kept = relay
        .store
        .write(move |tx| {
            let [kept, _] = merge::unmerge(tx, &agent, contact, &asked)?;
            Ok::<_, crate::desk::DeskError>(view(tx, kept)?)
        })
        .await?;
    Ok(Json(kept))
}

/// Opts somebody out.
pub(crate) async fn opt_out(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Path(contact): Path<String>,
    Body(asked): Body<OptOutContact>,
) -> Result<Json<ContactView>, ApiError> {
    let contact = id(&contact)?;
    let out = relay
        .store
        .write(move |tx| {
            let out = by_agent::opt_out(tx, &agent, contact, &asked)?;
            Ok::<_, crate::desk::DeskError>(view(tx, out)?)
        })
        .await?;
    Ok(Json(out))
}

/// Takes a part of a list of people.
pub(crate) async fn import(
    State(relay): State<Arc<Relay>>,
    Writer(agent): Writer,
    Body(part): Body<ImportContacts>,
) -> Result<Json<Imported>, ApiError> {
    if relay.store.is_low() {
        let detail = "the relay's disk is nearly full; nothing was stored; try again";
        return Err(ApiError::new(ErrorCode::StoreUnavailable, detail));
    }
    let home = relay.live().default_region;
    let imported = relay
        .store
        .write(move |tx| import::import(tx, &agent, &part, home))
        .await?;
    Ok(Json(imported))
}
