//! The panel of a contact: what is known of somebody, a line a field, and what an agent does to it.
//! Knows no disk.

use crate::model::opt_out;
use crate::model::people::FoundPerson;
use crate::model::roster::Step;
use crate::model::undo::Way;
use serde::{Deserialize, Serialize};
use smsdesk_common::api::Problem;
use smsdesk_common::api::contacts::{MergeContacts, OptOutContact, PatchContact, UnmergeContacts};
use smsdesk_common::api::update::Update;
use smsdesk_common::contact::{Contact, Merge, OptOut, apply, zone_hint};
use smsdesk_common::ids::{ContactId, RequestId};
use smsdesk_common::job::{self, Job, JobStatus};
use smsdesk_common::phone::{Address, Region};
use smsdesk_common::time::Timestamp;

/// What is asked of the disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// What is known; answered by [`Told::Sheet`].
    Load(ContactId),
    /// Change something; answered by [`Told::Done`] once it is on the disk.
    Edit {
        /// Whom.
        contact: ContactId,
        /// How; the disk gives the request its id.
        patch: Box<PatchContact>,
    },
    /// Take another contact in; answered as an edit.
    Merge {
        /// Who stays.
        contact: ContactId,
        /// Who is taken in.
        other: ContactId,
    },
    /// They want no more texts; answered as an edit.
    OptOut {
        /// Who.
        contact: ContactId,
    },
}

/// What the disk says of contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// What is known of somebody.
    Sheet(Box<Sheet>),
    /// There is no such contact here.
    Missing(ContactId),
    /// What was asked for is safely in the outbox, and shown.
    Done(ContactId),
    /// It cannot be done; in words.
    Cannot(String),
    /// The newest step was about a contact, and was taken back or done again.
    Turned {
        /// Which way.
        way: Way,
        /// Whose it was, in words.
        name: String,
        /// Why it stays as it is; none where it was turned.
        kept: Option<String>,
    },
    /// The relay refused what was done; it is not shown any more.
    Refused(Box<Problem>),
    /// The relay was asked to forget somebody.
    Forgotten {
        /// What they were called, or their number.
        name: String,
        /// Why it did not, in words.
        refused: Option<String>,
    },
}

/// What is known of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// The contact, as this device shows it.
    pub contact: Contact,
    /// When the first of their conversations began.
    pub first_at: Option<Timestamp>,
    /// When somebody last wrote.
    pub last_at: Option<Timestamp>,
    /// Their jobs, what is to come first.
    #[serde(default)]
    pub jobs: Vec<Job>,
    /// What was said about texting them, the newest first.
    #[serde(default)]
    pub consents: Vec<Noted>,
    /// Others that may be the same person.
    pub alike: Vec<FoundPerson>,
}

/// That somebody was opted out or in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// When.
    pub at: Timestamp,
    /// By whom and how, in words; remote text.
    pub words: String,
}

/// A request about a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Request {
    /// Take a merge back.
    Unmerge(UnmergeContacts),
    /// Take another contact in.
    Merge(MergeContacts),
    /// They want no more texts.
    OptOut(OptOutContact),
    /// Change something.
    Patch(Box<PatchContact>),
}

impl Request {
    /// The id that makes repeating it harmless.
    pub const fn id(&self) -> RequestId {
        match self {
            Self::Unmerge(unmerge) => unmerge.id,
            Self::Merge(merge) => merge.id,
            Self::OptOut(opt_out) => opt_out.id,
            Self::Patch(patch) => patch.id,
        }
    }
}

/// A step that was done to a contact, with what it takes to turn it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// Whom it was done to.
    pub contact: ContactId,
    /// How they are called, or their number.
    pub name: String,
    /// What.
    pub did: Did,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Did {
    /// Fields were changed.
    Edit {
        /// What restores them.
        before: Box<PatchContact>,
        /// What changed them.
        after: Box<PatchContact>,
    },
    /// Another contact was taken in.
    Merge {
        /// The request that did it last.
        id: RequestId,
        /// Both, and what came of them.
        merge: Box<Merge>,
    },
}

/// What restores the fields that `patch` names to what `contact` holds.
pub fn reverse(patch: &PatchContact, contact: &Contact) -> PatchContact {
    let back = |field: &Update<String>, held: &Option<String>| match (field, held) {
        (Update::Keep, _) => Update::Keep,
        (_, Some(held)) => Update::Set(held.clone()),
        (_, None) => Update::Clear,
    };
    let addresses = contact.addresses.iter();
    let addresses = addresses.map(|it| it.as_str().to_owned()).collect();
    let fields = patch.fields.keys();
    PatchContact {
        name: back(&patch.name, &contact.name),
        addresses: patch.addresses.as_ref().map(|_| addresses),
        fields: fields
            .map(|name| (name.clone(), contact.fields.get(name).cloned()))
            .collect(),
        notes: back(&patch.notes, &contact.notes),
        labels: patch.labels.as_ref().map(|_| contact.labels.clone()),
        time_zone: back(&patch.time_zone, &contact.time_zone),
        language: back(&patch.language, &contact.language),
        ..PatchContact::new(patch.id)
    }
}

/// Whether a contact is as a patch leaves it.
pub fn stands(patch: &PatchContact, contact: &Contact, home: Option<Region>) -> bool {
    apply(patch, &mut contact.clone(), home).is_empty()
}

/// A line of the panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A field that can be changed.
    Field(Field),
    /// Something that is only told.
    Fact {
        /// What.
        name: &'static str,
        /// In words.
        value: String,
    },
    /// One of their jobs.
    Job(Box<Job>),
    /// The way to a new one.
    NewJob,
    /// Somebody who may be the same person.
    Alike(FoundPerson),
}

/// A field of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// What they are called.
    Name,
    /// Their numbers, with commas between.
    Addresses,
    /// What to write to them in.
    Language,
    /// Where they are by the clock.
    TimeZone,
    /// Labels, with commas between.
    Labels,
    /// What colleagues should know.
    Notes,
    /// One of the desk's own.
    Own(String),
    /// One that is not there yet.
    New,
}

impl Field {
    /// What stands before its value.
    pub fn title(&self) -> &str {
        match self {
            Self::Name => "Name",
            Self::Addresses => "Numbers",
            Self::Language => "Language",
            Self::TimeZone => "Time zone",
            Self::Labels => "Labels",
            Self::Notes => "Notes",
            Self::Own(name) => name,
            Self::New => "+ field",
        }
    }

    /// What it holds, as it is edited.
    pub fn text(&self, contact: &Contact) -> String {
        let held = |field: &Option<String>| field.clone().unwrap_or_default();
        match self {
            Self::Name => held(&contact.name),
            Self::Addresses => {
                let addresses = contact.addresses.iter();
                let addresses: Vec<_> = addresses.map(Address::as_str).collect();
                addresses.join(", ")
            }
            Self::Language => held(&contact.language),
            Self::TimeZone => held(&contact.time_zone),
            Self::Labels => contact.labels.join(", "),
            Self::Notes => held(&contact.notes),
            Self::Own(name) => contact.fields.get(name).cloned().unwrap_or_default(),
            Self::New => String::new(),
        }
    }

    /// What can be typed.
    pub const fn expects(&self) -> &'static str {
        match self {
            Self::Name => "a name; nothing removes it",
            Self::Addresses => "numbers with commas between; the first is written to",
            Self::Language => "a language tag such as en or es-MX",
            Self::TimeZone => "a time zone such as America/New_York",
            Self::Labels => "labels with commas between",
            Self::Notes => "what colleagues should know",
            Self::Own(_) => "words; nothing removes the field",
            Self::New => "name: value, such as gate code: 4471",
        }
    }

    /// The patch that makes it hold `text`.
    ///
    /// # Errors
    /// What was expected.
    pub fn patch(&self, text: &str) -> Result<PatchContact, String> {
        let text = text.trim();
        let set = || match text.is_empty() {
            true => Update::Clear,
            false => Update::Set(text.to_owned()),
        };
        let list = || -> Vec<String> {
            let parts = text.split([',', ';']).map(str::trim);
            let parts = parts.filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        let mut patch = PatchContact::new(RequestId(uuid::Uuid::nil()));
        match self {
            Self::Name => patch.name = set(),
            Self::Addresses => patch.addresses = Some(list()),
            Self::Language => patch.language = set(),
            Self::TimeZone => patch.time_zone = set(),
            Self::Labels => patch.labels = Some(list()),
            Self::Notes => patch.notes = set(),
            Self::Own(name) => {
                let value = (!text.is_empty()).then(|| text.to_owned());
                patch.fields = [(name.clone(), value)].into();
            }
            Self::New => {
                let named = text.split_once([':', '=']);
                let named = named.map(|(name, value)| (name.trim(), value.trim()));
                let named = named.filter(|(name, value)| !name.is_empty() && !value.is_empty());
                let (name, value) = named.ok_or("expected a name, a colon and a value")?;
                patch.fields = [(name.to_owned(), Some(value.to_owned()))].into();
            }
        }
        Ok(patch)
    }
}

/// The panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    /// Whose.
    pub contact: ContactId,
    /// What is known; none while the disk has not said.
    pub sheet: Option<Sheet>,
    /// Which line the cursor is on.
    pub at: usize,
    /// Set while somebody else's contact is to be taken in, until that is said to be meant.
    pub merging: Option<FoundPerson>,
    /// Set while all of it is to be forgotten, until that is said to be meant.
    pub forgetting: bool,
}

impl Panel {
    /// A panel that waits for the disk.
    pub const fn new(contact: ContactId) -> Self {
        Self {
            contact,
            sheet: None,
            at: 0,
            merging: None,
            forgetting: false,
        }
    }

    /// Its lines, from the top.
    pub fn lines(&self, told: impl Fn(Timestamp) -> String) -> Vec<Line> {
        let Some(sheet) = &self.sheet else {
            return Vec::new();
        };
        let own = sheet.contact.fields.keys().cloned().map(Field::Own);
        let fields = [Field::Name, Field::Addresses].into_iter();
        let fields = fields.chain([Field::Notes, Field::Labels]);
        let fields = fields.chain([Field::Language, Field::TimeZone]).chain(own);
        let mut lines: Vec<_> = fields.chain([Field::New]).map(Line::Field).collect();
        lines.extend(sheet.jobs.iter().cloned().map(Box::new).map(Line::Job));
        lines.push(Line::NewJob);
        let mut fact = |name, value: Option<String>| {
            lines.extend(value.map(|value| Line::Fact { name, value }));
        };
        fact("Opted out", opted_out(&sheet.contact, &told));
        for noted in &sheet.consents {
            let words = format!("{} · {}", told(noted.at), noted.words);
            fact("Consent", Some(words));
        }
        fact("First contact", sheet.first_at.map(&told));
        fact("Last contact", sheet.last_at.map(&told));
        fact("Registered in", place(&sheet.contact));
        lines.extend(sheet.alike.iter().cloned().map(Line::Alike));
        lines
    }

    /// Goes up or down; stops at the ends.
    pub fn step(&mut self, step: Step, lines: usize) {
        self.merging = None;
        self.forgetting = false;
        self.at = match step {
            Step::Next => (self.at + 1).min(lines.saturating_sub(1)),
            Step::Previous => self.at.saturating_sub(1),
        };
    }
}

/// What stands in place of a zone that nobody has said.
pub fn zone_guess(contact: &Contact) -> Option<String> {
    let zone = zone_hint(contact)?;
    Some(format!("perhaps {zone}, by the number"))
}

/// A job in a line, what matters most first: `enroute, 7 min · Mon 23 Nov 14:00 with Tom`.
pub fn visit(job: &Job) -> String {
    let when = job::told(job.starts_at, &job.zone, job.technician.as_deref());
    let status = job.status.words();
    let away = job.location.filter(|_| job.status == JobStatus::Enroute);
    match away.and_then(|last| last.eta_minutes) {
        Some(minutes) => format!("{status}, {minutes} min · {when}"),
        None => format!("{status} · {when}"),
    }
}

/// Since when they want no more texts, and which of their numbers from which lines.
fn opted_out(contact: &Contact, told: &impl Fn(Timestamp) -> String) -> Option<String> {
    let several = contact.addresses.len() > 1;
    let one = |out: &OptOut| {
        let address = match several {
            true => format!("{}, ", out.address.as_str()),
            false => String::new(),
        };
        let line = out
            .line
            .as_ref()
            .map_or("of all lines", |line| line.as_str());
        format!(
            "{address}{line} since {}{}",
            told(out.since),
            opt_out::means(out)
        )
    };
    let words: Vec<_> = contact.opt_outs.iter().map(one).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

fn place(contact: &Contact) -> Option<String> {
    let place = &contact.place;
    let parts = [&place.city, &place.state, &place.zip, &place.country];
    let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
