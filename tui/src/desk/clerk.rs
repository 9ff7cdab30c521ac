//! Carries to the relay what is done now or not at all, beside everything else: nothing of the desk
//! waits for the network. Changes of templates and rules are made where people plan, not where they answer; what
//! is forgotten of a contact does not come back, so that it must not happen at another time than meant.
//! Fetches the figures of the work, and who did what, too.

use crate::clock;
use crate::effect::Effect;
use crate::event::{CacheEvent, Event};
use crate::link::failure::Failure;
use crate::link::{Api, RelayUrl};
use crate::model::audit;
use crate::model::contact::Told as ContactTold;
use crate::model::job_edit::{INVOICE_LINK, Write as JobWrite};
use crate::model::rules::Draft;
use crate::model::settings::Wanted;
use crate::model::stats::Question;
use crate::model::status::Told;
use crate::model::template_edit::Write;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use smsdesk_common::api::jobs::{MakeJob, PatchJob};
use smsdesk_common::api::rules::{PutRules, Rules};
use smsdesk_common::api::settings::PutSettings;
use smsdesk_common::api::templates::{MakeTemplate, ReplaceTemplate};
use smsdesk_common::api::update::Update;
use smsdesk_common::ids::{ContactId, JobId, RequestId, TemplateId};
use smsdesk_common::record::Record;
use smsdesk_common::settings::patch_of;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

/// Changes that are under way at the same time: an agent makes them one by one.
const WRITES_MAX: usize = 2;

/// Knows the relay; one that does not says so.
#[derive(Clone, Debug)]
pub struct Clerk {
    api: Option<Arc<Api>>,
    places: Arc<Semaphore>,
}

impl Default for Clerk {
    fn default() -> Self {
        Self {
            api: None,
            places: Arc::new(Semaphore::new(WRITES_MAX)),
        }
    }
}

impl Clerk {
    /// Somebody who goes to `relay` with this token.
    pub fn new(relay: RelayUrl, token: &SecretString) -> Self {
        Self {
            api: Api::new(relay, token).ok().map(Arc::new),
            ..Self::default()
        }
    }

    /// The relay; none where none is known.
    pub(super) fn api(&self) -> Option<Arc<Api>> {
        self.api.clone()
    }

    /// Carries what is asked for to the relay; what came of it is told as an event.
    pub(super) fn carry(&self, asked: Effect, events: mpsc::Sender<Event>) {
        match asked {
            Effect::WriteTemplate(write) => self.write(*write, events),
            Effect::WriteRules(draft) => self.write_rules(*draft, events),
            Effect::WriteJob(write) => self.write_job(*write, events),
            Effect::ForgetContact { contact, name } => self.forget(contact, name, events),
            Effect::AskFigures(question) => self.figures(question, events),
            Effect::AskAudit(question) => self.audit(question, events),
            Effect::AskStatus => self.status(events),
            Effect::Bulk(ask) => self.text_many(*ask, events),
            Effect::ChangeBroadcast { broadcast, action } => {
                self.change(broadcast, action, events);
            }
            _ => {}
        }
    }

    fn forget(&self, contact: ContactId, name: String, events: mpsc::Sender<Event>) {
        let work = async move |api: Arc<Api>| api.remove(&format!("/v1/contacts/{contact}")).await;
        self.go(events, work, move |refused| {
            CacheEvent::Contact(Box::new(ContactTold::Forgotten { name, refused }))
        });
    }

    fn write(&self, write: Write, events: mpsc::Sender<Event>) {
        let asked = write.clone();
        let work = async move |api: Arc<Api>| ask(&api, &asked).await;
        self.go(events, work, move |refused| CacheEvent::TemplateWritten {
            write: Box::new(write),
            refused,
        });
    }

    /// Carries a setting to the relay, as [`Self::carry`] does.
    pub(super) fn set(&self, wanted: Wanted, events: mpsc::Sender<Event>) {
        let asked = wanted.clone();
        let work = async move |api: Arc<Api>| set(&api, &asked).await;
        self.go(events, work, move |refused| CacheEvent::SettingWritten {
            wanted,
            refused,
        });
    }

    /// A job keeps the id that its first try was given.
    fn write_job(&self, mut write: JobWrite, events: mpsc::Sender<Event>) {
        if let JobWrite::Make { id, .. } = &mut write {
            id.get_or_insert_with(|| JobId(clock::new_id()));
        }
        let asked = write.clone();
        let work = async move |api: Arc<Api>| job(&api, asked).await;
        self.go(events, work, move |refused| CacheEvent::JobWritten {
            write: Box::new(write),
            refused,
        });
    }

    fn write_rules(&self, draft: Draft, events: mpsc::Sender<Event>) {
        let asked = draft.clone();
        let work = async move |api: Arc<Api>| put(&api, &asked).await;
        self.go(events, work, move |refused| CacheEvent::RulesWritten {
            draft: Box::new(draft),
            refused,
        });
    }

    /// Does `work` with the relay; `told` makes the event of why it was refused.
    pub(super) fn go<W>(
        &self,
        events: mpsc::Sender<Event>,
        work: impl FnOnce(Arc<Api>) -> W + Send + 'static,
        told: impl FnOnce(Option<String>) -> CacheEvent + Send + 'static,
    ) where
        W: Future<Output = Result<(), Failure>> + Send,
    {
        let api = self.api.clone();
        let place = Arc::clone(&self.places).try_acquire_owned();
        tokio::spawn(async move {
            let done = match (api, &place) {
                (Some(api), Ok(_)) => work(api).await.map_err(|why| why.words()),
                (Some(_), Err(_)) => Err("others are under way; try again".to_owned()),
                (None, _) => Err("no relay is known here".to_owned()),
            };
            // An app that has gone wants no news.
            let _ = events.send(Event::Cache(told(done.err()))).await;
        });
    }
}

async fn set(api: &Api, wanted: &Wanted) -> Result<(), Failure> {
    let put = PutSettings {
        id: Some(RequestId(clock::new_id())),
        if_seq: None,
        patch: patch_of(&wanted.path, wanted.value.clone()),
    };
    let _: Record = api.put("/v1/settings", &put.body()).await?;
    Ok(())
}

async fn put(api: &Api, draft: &Draft) -> Result<(), Failure> {
    let put = PutRules {
        id: Some(RequestId(clock::new_id())),
        text: draft.text.clone(),
        if_seq: draft.if_seq,
    };
    let _: Rules = api.put("/v1/rules", &put).await?;
    Ok(())
}

/// How long an answer is waited for, in seconds: nobody looks at an empty screen for longer.
const FIGURES_S_MAX: u64 = 15;

impl Clerk {
    /// Fetches figures of the work; what the relay says is told as an event.
    fn figures(&self, question: Question, events: mpsc::Sender<Event>) {
        let path = question.path.clone();
        self.fetch(events, path, |answer| CacheEvent::Figures {
            question,
            answer,
        });
    }

    /// Fetches who did what, as [`Self::figures`] does.
    fn audit(&self, question: audit::Question, events: mpsc::Sender<Event>) {
        let path = question.path();
        self.fetch(events, path, move |answer| CacheEvent::Audit {
            question,
            answer,
        });
    }

    /// Fetches how the relay fares, as [`Self::figures`] does, with the times between which it said so.
    fn status(&self, events: mpsc::Sender<Event>) {
        let asked = clock::now();
        self.fetch(events, "/v1/status".to_owned(), move |answer| {
            CacheEvent::Status(answer.map(|status| {
                Box::new(Told {
                    asked,
                    heard: clock::now(),
                    status: *status,
                })
            }))
        });
    }

    fn fetch<T>(
        &self,
        events: mpsc::Sender<Event>,
        path: String,
        told: impl FnOnce(Result<Box<T>, String>) -> CacheEvent + Send + 'static,
    ) where
        T: DeserializeOwned + Send + 'static,
    {
        let api = self.api.clone();
        tokio::spawn(async move {
            let answer = match api {
                None => Err("no relay is known here".to_owned()),
                Some(api) => {
                    let wait = Duration::from_secs(FIGURES_S_MAX);
                    match tokio::time::timeout(wait, api.get(&path)).await {
                        Ok(answer) => answer.map(Box::new).map_err(|why| why.words()),
                        Err(_) => Err("the relay does not answer in time".to_owned()),
                    }
                }
            };
            // An app that has gone wants no news.
            let _ = events.send(Event::Cache(told(answer))).await;
        });
    }
}

async fn job(api: &Api, write: JobWrite) -> Result<(), Failure> {
    let link = |link: Update<String>| {
        let value = match link {
            Update::Keep => return Map::new(),
            Update::Clear => Value::Null,
            Update::Set(link) => link.into(),
        };
        Map::from_iter([(INVOICE_LINK.to_owned(), value)])
    };
    let set = |update: Update<String>| match update {
        Update::Set(words) => Some(words),
        Update::Keep | Update::Clear => None,
    };
    match write {
        JobWrite::Make {
            id,
            conversation,
            starts_at,
            zone,
            details,
        } => {
            let make = MakeJob {
                id,
                contact: None,
                conversation: Some(conversation),
                to: None,
                line: None,
                technician: set(details.technician),
                starts_at,
                ends_at: None,
                zone: Some(zone),
                place: None,
                address: set(details.address),
                variables: link(details.invoice_link),
            };
            let _: Record = api.post("/v1/jobs", &make).await?;
        }
        JobWrite::Change {
            job,
            if_seq,
            starts_at,
            zone,
            status,
            eta_minutes,
            details,
        } => {
            let patch = PatchJob {
                id: Some(RequestId(clock::new_id())),
                status,
                technician: details.technician,
                starts_at,
                zone,
                address: details.address,
                eta_minutes: eta_minutes.map(f64::from),
                variables: link(details.invoice_link),
                if_seq: Some(if_seq),
                ..PatchJob::default()
            };
            let _: Record = api.patch(&format!("/v1/jobs/{job}"), &patch).await?;
        }
    }
    Ok(())
}

async fn ask(api: &Api, write: &Write) -> Result<(), Failure> {
    match write {
        Write::Make(content) => {
            let make = MakeTemplate {
                id: Some(TemplateId(clock::new_id())),
                content: content.clone(),
            };
            let _: Record = api.post("/v1/templates", &make).await?;
        }
        Write::Replace {
            template,
            if_seq,
            content,
        } => {
            let replace = ReplaceTemplate {
                id: Some(RequestId(clock::new_id())),
                content: content.clone(),
                if_seq: Some(*if_seq),
            };
            let path = format!("/v1/templates/{template}");
            let _: Record = api.put(&path, &replace).await?;
        }
        Write::Delete {
            template, if_seq, ..
        } => {
            let path = format!("/v1/templates/{template}?if_seq={if_seq}");
            api.remove(&path).await?;
        }
    }
    Ok(())
}
