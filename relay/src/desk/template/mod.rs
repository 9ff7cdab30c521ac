//! An agent makes, edits and deletes templates.
//!
//! One transaction each: the request's id, the record, and a line of its history that tells who did
//! what.

mod preview;
mod seed;

pub use preview::{given, preview};
pub use seed::seed;

use crate::desk::DeskError;
use crate::store::requests::Done;
use crate::store::sql::{Reads, Tx};
use crate::store::templates::{self, Deed};
use crate::store::{StoreError, requests};
use sha2::{Digest as _, Sha256};
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::templates::{MakeTemplate, ReplaceTemplate, Scope, TemplateContent};
use smsdesk_common::ids::{Seq, TemplateId};
use smsdesk_common::record::Record;
use smsdesk_common::template::{Template, unfit};
use uuid::Uuid;

/// The most templates of a relay: what a picker can still look through at each key.
pub const TEMPLATES_MAX: u32 = 10_000;

/// What became of a new template.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    /// It is stored.
    Now(Template),
    /// It was stored before, by the same request; as it is by now.
    Before(Template),
}

/// Makes a template. The same request again, even a late one, does nothing and gives the template.
///
/// # Errors
/// It cannot be kept, its name is taken, the id was used for something else, or the database cannot
/// be written. Nothing is stored then.
pub fn make(tx: &mut dyn Tx, agent: &Agent, make: &MakeTemplate) -> Result<Made, DeskError> {
    let id = make.id.unwrap_or_else(|| TemplateId(tx.new_id()));
    let body_hash = hash("make", agent, id, &make.content, None)?;
    if let Some(done) = requests::find(tx, id.0)? {
        if done.body_hash != body_hash {
            return Err(id_reused(id.0));
        }
        return templates::find(tx, id)?
            .map(Made::Before)
            .ok_or_else(|| unknown(id));
    }
    if templates::find(tx, id)?.is_some() {
        return Err(id_reused(id.0));
    }
    if templates::count(tx)? >= TEMPLATES_MAX {
        return Err(DeskError::refused(
            ErrorCode::TemplateInvalid,
            format!("there are {TEMPLATES_MAX} templates already; delete some first"),
        ));
    }
    let now = tx.now();
    let mut template = Template {
        id,
        seq: Seq::ZERO,
        name: String::new(),
        key: None,
        shortcut: None,
        folder: None,
        owner: None,
        body: String::new(),
        translations: std::collections::BTreeMap::new(),
        uses: 0,
        used_at: None,
        edited_seq: Seq::ZERO,
        edited_at: now,
        edited_by: Some(agent.id),
        created_at: now,
    };
    write(&mut template, agent, &make.content);
    check(tx, &template)?;
    let template = templates::insert(tx, template)?;
    let deed = deed(agent, "made", &template, Vec::new(), template.seq);
    templates::tell(tx, id, &deed)?;
    done(tx, id.0, body_hash, id)?;
    Ok(Made::Now(template))
}

/// Puts new content into a template. The same request again, even a late one, does nothing and
/// gives the template as it is by now; content that changes nothing leaves no trace but its id.
///
/// # Errors
/// It cannot be kept, there is no such template, it was edited in a way that the sender asked to be
/// told of, its name is taken, the id was used for something else, or the database cannot be
/// written. Nothing is stored then.
pub fn replace(
    tx: &mut dyn Tx,
    agent: &Agent,
    id: TemplateId,
    replace: &ReplaceTemplate,
) -> Result<Template, DeskError> {
    let request = replace.id.map_or_else(|| tx.new_id(), |id| id.0);
    let body_hash = hash("replace", agent, id, &replace.content, replace.if_seq)?;
    if let Some(done) = requests::find(tx, request)? {
        if done.body_hash != body_hash {
            return Err(id_reused(request));
        }
        return templates::find(tx, id)?.ok_or_else(|| unknown(id));
    }
    let held = own(tx, agent, id)?;
    check_seq(&held, replace.if_seq)?;
    let mut template = held.clone();
    write(&mut template, agent, &replace.content);
    let changed = changed(&held, &template);
    if !changed.is_empty() {
        check(tx, &template)?;
        template.edited_at = tx.now();
        template.edited_by = Some(agent.id);
        templates::update(tx, &mut template)?;
        let deed = deed(agent, "edited", &template, changed, template.seq);
        templates::tell(tx, id, &deed)?;
    }
    done(tx, request, body_hash, id)?;
    Ok(template)
}

/// Deletes a template; its tombstone stays. One that is deleted already is no error.
///
/// # Errors
/// There never was such a template, it is a colleague's own, it was edited after `if_seq`, or the
/// database cannot be written. Nothing is stored then.
pub fn delete(
    tx: &mut dyn Tx,
    agent: &Agent,
    id: TemplateId,
    if_seq: Option<Seq>,
) -> Result<(), DeskError> {
    if templates::find(tx, id)?.is_none() && !templates::history(tx, id)?.is_empty() {
        return Ok(());
    }
    let held = own(tx, agent, id)?;
    check_seq(&held, if_seq)?;
    let seq = templates::remove(tx, &held)?;
    let deed = deed(agent, "deleted", &held, Vec::new(), seq);
    Ok(templates::tell(tx, id, &deed)?)
}

/// A template that the agent may see.
///
/// # Errors
/// There is none, or it is a colleague's own; or the database cannot be read.
pub fn seen(reads: &mut dyn Reads, agent: &Agent, id: TemplateId) -> Result<Template, DeskError> {
    let found = templates::find(reads, id)?;
    found
        .filter(|template| template.is_for(agent.id))
        .ok_or_else(|| unknown(id))
}

/// A template that the agent may change: one that they see, and of those who left, an admin, too.
fn own(tx: &mut dyn Tx, agent: &Agent, id: TemplateId) -> Result<Template, DeskError> {
    if agent.role == Role::Admin {
        return templates::find(tx, id)?.ok_or_else(|| unknown(id));
    }
    seen(tx, agent, id)
}

fn unknown(id: TemplateId) -> DeskError {
    DeskError::refused(
        ErrorCode::TemplateUnknown,
        format!("template {id} does not exist"),
    )
}

fn id_reused(id: Uuid) -> DeskError {
    DeskError::refused(
        ErrorCode::IdReused,
        format!("`id` {id} was used for something else; choose a new one"),
    )
}

/// The content goes into the record; nothing is checked.
fn write(template: &mut Template, agent: &Agent, content: &TemplateContent) {
    template.name.clone_from(&content.name);
    template.body.clone_from(&content.body);
    template.translations.clone_from(&content.translations);
    template.shortcut.clone_from(&content.shortcut);
    template.folder.clone_from(&content.folder);
    template.owner = match content.scope {
        Scope::Team => None,
        // An admin who edits a colleague's own leaves it theirs.
        Scope::Mine => template.owner.or(Some(agent.id)),
    };
}

fn check(tx: &mut dyn Tx, template: &Template) -> Result<(), DeskError> {
    if let Some(why) = unfit(template) {
        return Err(DeskError::refused(ErrorCode::TemplateInvalid, why));
    }
    match templates::namesake(tx, template)? {
        Some(other) => Err(DeskError::refused(
            ErrorCode::TemplateNameTaken,
            format!("{:?} has that name or short name already", other.name),
        )),
        None => Ok(()),
    }
}

fn check_seq(held: &Template, if_seq: Option<Seq>) -> Result<(), DeskError> {
    match if_seq {
        Some(known) if known < held.edited_seq => Err(DeskError::Conflict {
            code: ErrorCode::TemplateChanged,
            detail: format!(
                "`if_seq`: the template was edited at {}; nothing was changed",
                held.edited_seq
            ),
            current: Box::new(Record::Template(Box::new(held.clone()))),
        }),
        _ => Ok(()),
    }
}

/// The fields in which two differ.
fn changed(held: &Template, now: &Template) -> Vec<String> {
    let fields = [
        ("name", held.name != now.name),
        ("body", held.body != now.body),
        ("translations", held.translations != now.translations),
        ("shortcut", held.shortcut != now.shortcut),
        ("folder", held.folder != now.folder),
        ("scope", held.owner != now.owner),
    ];
    let changed = fields.into_iter().filter(|(_, differs)| *differs);
    changed.map(|(name, _)| name.to_owned()).collect()
}

fn deed(agent: &Agent, did: &str, of: &Template, fields: Vec<String>, seq: Seq) -> Deed {
    Deed {
        agent: agent.id,
        did: did.to_owned(),
        name: of.name.clone(),
        fields,
        seq,
    }
}

/// What makes two requests the same: who wants what of which template.
fn hash(
    what: &str,
    agent: &Agent,
    id: TemplateId,
    content: &TemplateContent,
    if_seq: Option<Seq>,
) -> Result<Vec<u8>, StoreError> {
    let body =
        serde_json::to_vec(&(content, if_seq)).map_err(|e| StoreError::Engine(e.to_string()))?;
    let mut hasher = Sha256::new();
    hasher.update(b"template\0");
    hasher.update(what.as_bytes());
    hasher.update(agent.id.0.as_bytes());
    hasher.update(id.0.as_bytes());
    hasher.update(body);
    Ok(hasher.finalize().to_vec())
}

fn done(
    tx: &mut dyn Tx,
    request: Uuid,
    body_hash: Vec<u8>,
    subject: TemplateId,
) -> Result<(), StoreError> {
    let subject = subject.to_string();
    requests::insert(tx, request, &Done { body_hash, subject })
}
