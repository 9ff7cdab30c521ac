//! Who a broadcast goes to: every recipient by their own, and none of them stops the others.
//! Looks, and stores nothing.

use super::fill::{Filled, Filler};
use super::named::{Named, Source, named};
use crate::desk::{DeskError, lines, reach, send, shield};
use crate::store::broadcasts::Words;
use crate::store::broadcasts::recipients::Recipient;
use crate::store::sql::Reads;
use crate::store::{StoreError, contacts, conversations, settings};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::broadcasts::{BulkPlan, BulkRecipient, PREFIX_CHARACTERS, PROBLEMS_MAX};
use smsdesk_common::broadcast::{RECIPIENTS_MAX, RecipientState, Totals};
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::Author;
use smsdesk_common::filter::Viewpoint;
use smsdesk_common::ids::{ContactId, ConversationId};
use smsdesk_common::phone::{Address, Region};
use smsdesk_common::segments::Segments;
use smsdesk_common::settings::Settings;
use smsdesk_common::settings::quiet::quiet;
use smsdesk_common::template::Variables;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// To whom.
    pub source: Source,
    /// What it says.
    pub words: Words,
    /// From which line.
    pub line: Option<String>,
}

/// On whose behalf, and what is known of everybody.
#[derive(Clone, Debug)]
pub struct Around {
    /// Who asks.
    pub agent: Agent,
    /// How the company signs.
    pub company: Option<String>,
    /// For numbers without a country code.
    pub home: Region,
    /// From where the filter looks.
    pub from: Viewpoint,
}

/// Who would be texted, and what that takes.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Every recipient in the order of the list.
    pub recipients: Vec<Recipient>,
    /// The counts, as they are answered.
    pub counted: BulkPlan,
}

impl Plan {
    /// The recipients by state.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for row in &self.recipients {
            totals.add(row.state, 1);
        }
        totals
    }
}

/// Finds the recipients and looks at each.
///
/// # Errors
/// Nobody was named or too many were, the words are no template, or the line is none of ours; or the
/// database cannot be read. A recipient who cannot be texted is no error.
pub fn plan(reads: &mut dyn Reads, asked: &Asked, around: &Around) -> Result<Plan, DeskError> {
    let settings = settings::load(reads)?;
    let company = settings.company.clone().or_else(|| around.company.clone());
    let filler = Filler::new(&asked.words, Some(&around.agent), company.as_deref())?;
    if let Some(named) = asked.line.as_deref() {
        lines::choose(reads, Some(named))?;
    }
    let named = named(reads, &asked.source, around)?;
    let many = |what: String| Err(super::recipients_invalid(what));
    if named.is_empty() {
        return many("nobody was named, or nobody was found".to_owned());
    }
    if named.len() > RECIPIENTS_MAX {
        let found = named.len();
        return many(format!(
            "there are {found}, at most {RECIPIENTS_MAX} go at once"
        ));
    }
    let mut planner = Planner {
        reads,
        around,
        line: asked.line.as_deref(),
        filler,
        settings: &settings,
        numbers: HashMap::new(),
        people: HashMap::new(),
        counted: blank(),
        said: Sha256::new(),
    };
    let mut recipients = Vec::with_capacity(named.len());
    for (named, n) in named.into_iter().zip(1..) {
        recipients.push(planner.look(n, &named)?);
    }
    let (mut counted, mut said) = (planner.counted, planner.said);
    said.update(super::json(&asked.words.body)?);
    said.update(super::json(&asked.words.translations)?);
    said.update(super::json(&asked.words.variables)?);
    for byte in said.finalize() {
        // Writing to a string does not fail.
        let _ = write!(counted.confirm, "{byte:02x}");
    }
    Ok(Plan {
        recipients,
        counted,
    })
}

const fn blank() -> BulkPlan {
    BulkPlan {
        recipients: 0,
        reachable: 0,
        quiet: 0,
        opted_out: 0,
        duplicate: 0,
        invalid: 0,
        incomplete: 0,
        refused: 0,
        missing: BTreeMap::new(),
        segments: 0,
        segments_by_prefix: BTreeMap::new(),
        example: None,
        problems: Vec::new(),
        confirm: String::new(),
    }
}

/// Looks at one recipient after the other, and knows those before.
struct Planner<'a> {
    reads: &'a mut dyn Reads,
    around: &'a Around,
    line: Option<&'a str>,
    filler: Filler<'a>,
    settings: &'a Settings,
    numbers: HashMap<Address, u32>,
    people: HashMap<ContactId, u32>,
    counted: BulkPlan,
    said: Sha256,
}

/// Why somebody is not texted.
type Out = (RecipientState, String);

fn out<T>(state: RecipientState, why: impl Into<String>) -> Result<Result<T, Out>, StoreError> {
    Ok(Err((state, why.into())))
}

/// A line of ours, and the conversation that there is already.
type Way = (Address, Option<Conversation>);

/// Between whom a text would go.
struct Ends {
    to: Address,
    line: Address,
    contact: Option<Contact>,
    conversation: Option<ConversationId>,
}

impl Planner<'_> {
    fn look(&mut self, n: u32, named: &Named) -> Result<Recipient, DeskError> {
        let mut row = Recipient {
            n,
            given: named.given.clone(),
            address: None,
            line: None,
            contact: named.contact,
            conversation: None,
            variables: named.variables.clone(),
            state: RecipientState::Pending,
            reason: None,
        };
        let text = match self.ends(named)? {
            Ok(ends) => {
                row.address = Some(ends.to.clone());
                row.line = Some(ends.line.clone());
                row.conversation = ends.conversation;
                row.contact = ends.contact.as_ref().map(|it| it.id).or(row.contact);
                self.text(n, &ends, named.variables.as_ref())?
            }
            Err(out) => Err(out),
        };
        self.said.update([0]);
        self.said.update(
            row.address
                .as_ref()
                .map_or(named.given.as_str(), Address::as_str),
        );
        self.said.update([0]);
        self.said
            .update(row.line.as_ref().map_or("", Address::as_str));
        if let Some(variables) = &row.variables {
            self.said.update(super::json(variables)?);
        }
        match text {
            Ok(text) => self.count(&row, text),
            Err((state, why)) => {
                (row.state, row.reason) = (state, Some(why));
                self.problem(&row);
            }
        }
        self.counted.recipients += 1;
        Ok(row)
    }

    fn count(&mut self, row: &Recipient, text: String) {
        let segments = u64::from(Segments::of(&text).segments);
        let number = row.address.as_ref().map_or("", Address::as_str);
        let prefix = number.chars().take(PREFIX_CHARACTERS).collect();
        self.counted.reachable += 1;
        self.counted.segments += segments;
        *self.counted.segments_by_prefix.entry(prefix).or_default() += segments;
        self.counted.example.get_or_insert(text);
    }

    fn problem(&mut self, row: &Recipient) {
        let counted = &mut self.counted;
        let counter = match row.state {
            RecipientState::OptedOut => &mut counted.opted_out,
            RecipientState::Duplicate => &mut counted.duplicate,
            RecipientState::Invalid => &mut counted.invalid,
            RecipientState::Incomplete => &mut counted.incomplete,
            _ => &mut counted.refused,
        };
        *counter += 1;
        if counted.problems.len() < PROBLEMS_MAX {
            counted.problems.push(BulkRecipient {
                n: row.n,
                given: row.given.clone(),
                address: row.address.clone(),
                contact: row.contact,
                state: row.state,
                reason: row.reason.clone(),
                entry: None,
                conversation: row.conversation,
                status: None,
                error: None,
            });
        }
    }

    /// Whom the list means, and by which line they are texted.
    fn ends(&mut self, named: &Named) -> Result<Result<Ends, Out>, StoreError> {
        if let Some(wrong) = named.wrong {
            return out(RecipientState::Invalid, wrong);
        }
        let mut held = None;
        let to = if let Some(id) = named.conversation {
            let Some(found) = conversations::find(self.reads, id)? else {
                return out(RecipientState::Invalid, "there is no such conversation");
            };
            let to = found.address.clone();
            held = Some(found);
            to
        } else if let Some(id) = named.contact {
            let found = contacts::find(self.reads, id)?;
            match found.and_then(|it| it.addresses.into_iter().next()) {
                Some(address) => address,
                None => return out(RecipientState::Invalid, "there is no such contact"),
            }
        } else {
            let number = named.number.as_deref().unwrap_or_default();
            match send::parse_to(number, Some(self.around.home)) {
                Ok(address) => address,
                Err(DeskError::Store(error)) => return Err(error),
                Err(error) => return out(RecipientState::Invalid, words(&error)),
            }
        };
        let (line, held) = match self.line_to(&to, held)? {
            Ok(found) => found,
            Err(why) => return Ok(Err(why)),
        };
        let id = match &held {
            Some(held) => Some(held.contact),
            None => contacts::by_address(self.reads, &to)?,
        };
        let contact = match id {
            Some(id) => contacts::find(self.reads, id)?,
            None => None,
        };
        Ok(Ok(Ends {
            to,
            line,
            contact,
            conversation: held.map(|held| held.id),
        }))
    }

    /// The line that was named for all, or the one that they last spoke with, or the only one.
    fn line_to(
        &mut self,
        to: &Address,
        held: Option<Conversation>,
    ) -> Result<Result<Way, Out>, StoreError> {
        if let Some(named) = self.line {
            let held = held.filter(|held| held.line.as_str() == named);
            return match lines::choose(self.reads, Some(named)) {
                Ok(line) => {
                    let held = match held {
                        Some(held) => Some(held),
                        None => conversations::between(self.reads, &line, to)?,
                    };
                    Ok(Ok((line, held)))
                }
                Err(DeskError::Store(error)) => Err(error),
                Err(error) => out(RecipientState::Refused, words(&error)),
            };
        }
        let mut theirs = match held {
            Some(held) => vec![held],
            None => conversations::with_address(self.reads, to)?,
        };
        theirs.sort_by_key(|it| it.last.as_ref().map(|last| last.position));
        while let Some(newest) = theirs.pop() {
            match lines::choose(self.reads, Some(newest.line.as_str())) {
                Ok(line) => return Ok(Ok((line, Some(newest)))),
                Err(DeskError::Store(error)) => return Err(error),
                Err(_) => {}
            }
        }
        match lines::choose(self.reads, None) {
            Ok(line) => {
                let held = conversations::between(self.reads, &line, to)?;
                Ok(Ok((line, held)))
            }
            Err(DeskError::Store(error)) => Err(error),
            Err(error) => out(RecipientState::Refused, words(&error)),
        }
    }

    /// The text for them, or why they get none.
    fn text(
        &mut self,
        n: u32,
        ends: &Ends,
        variables: Option<&Map<String, Value>>,
    ) -> Result<Result<String, Out>, DeskError> {
        let person = ends.contact.as_ref().map(|contact| contact.id);
        let earlier = self.numbers.get(&ends.to).copied();
        let earlier = earlier.or_else(|| person.and_then(|id| self.people.get(&id).copied()));
        if let Some(earlier) = earlier {
            return Ok(out(
                RecipientState::Duplicate,
                format!("the same as {earlier}"),
            )?);
        }
        self.numbers.insert(ends.to.clone(), n);
        self.people.extend(person.map(|id| (id, n)));
        let author = Author::Agent(self.around.agent.id);
        if shield::check(self.reads, &author, &ends.line, &ends.to)?.is_err() {
            return Ok(out(RecipientState::OptedOut, "they want no texts")?);
        }
        match reach::check(self.reads, &ends.to) {
            Ok(()) => {}
            Err(DeskError::Store(error)) => return Err(error.into()),
            Err(error) => return Ok(out(RecipientState::Refused, words(&error))?),
        }
        let own = match variables.map(Variables::from_json).transpose() {
            Ok(own) => own.unwrap_or_default(),
            Err(error) => return Ok(out(RecipientState::Incomplete, error.to_string())?),
        };
        match self.filler.fill(ends.contact.as_ref(), &ends.to, own) {
            Filled::Text(text) => {
                let whom = (ends.contact.as_ref(), &ends.to);
                let now = self.around.from.now;
                if quiet(self.settings, &ends.line, whom, now).is_some() {
                    self.counted.quiet += 1;
                }
                Ok(Ok(text))
            }
            Filled::Missing(names) => {
                let why = format!("without a value: {}", names.join(", "));
                for name in names {
                    *self.counted.missing.entry(name).or_default() += 1;
                }
                Ok(out(RecipientState::Incomplete, why)?)
            }
            Filled::Unfit(why) => Ok(out(RecipientState::Refused, why)?),
        }
    }
}

/// What a refusal says, without its code.
pub(super) fn words(error: &DeskError) -> String {
    match error {
        DeskError::Refused { detail, .. }
        | DeskError::Conflict { detail, .. }
        | DeskError::Lacks { detail, .. }
        | DeskError::Meanwhile { detail, .. } => detail.clone(),
        DeskError::Store(error) => error.to_string(),
    }
}
