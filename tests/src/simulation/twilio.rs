//! The provider with its nastiest habits: takes a text and loses the answer, answers with a fault
//! having taken it or not, reports late, twice, out of order or never, and lists with a lag.

use super::event::{Event, Handover};
use super::scheduler::Millis;
use super::work::short;
use super::{ACCOUNT, CUSTOMERS, LINE, World, must};
use crate::random::Random;
use smsdesk_common::ids::EntryId;
use smsdesk_relay::twilio::classify::{Answer, CreateOutcome, TransportFailure, answer, failure};
use smsdesk_relay::twilio::signature::{Content, Signed, sign, verify};
use std::collections::BTreeMap;

/// How long the provider waits for the answer to a webhook, in milliseconds.
const WEBHOOK_MS_MAX: Millis = 15_000;
/// How long the relay waits for the provider's answer, in milliseconds.
const CREATE_MS_MAX: Millis = 10_000;
/// How long a text takes from one status to the next, at most, in milliseconds.
const STEP_MS_MAX: Millis = 4_000;

/// A text as the provider knows it.
#[derive(Clone, Debug)]
pub struct Message {
    /// The provider's id.
    pub sid: String,
    /// Which entry's callback address it was sent with; none for a customer's.
    pub entry: Option<EntryId>,
    /// Who wrote it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// The words.
    pub body: String,
    /// The statuses that it passes through, with error codes.
    journey: Vec<(&'static str, u32)>,
    /// How many of them it has reached.
    pub reached: usize,
    /// When it was made.
    pub at: Millis,
    /// From when on the list holds it.
    listed_at: Millis,
}

/// What a post is about.
#[derive(Clone, Debug)]
pub enum Posting {
    /// A customer's text.
    Text(usize),
    /// A status of one of ours.
    Report {
        /// Which of ours.
        entry: EntryId,
    },
    /// Something that the provider never sent.
    Forged,
}

/// A webhook or report under way.
#[derive(Clone, Debug)]
pub struct Post {
    /// What it is about.
    pub what: Posting,
    /// The form.
    pub body: String,
    /// Where to, from the relay's root.
    path: String,
    signature: String,
    tries: u32,
}

/// The provider.
#[derive(Debug, Default)]
pub struct Twilio {
    /// Every text, in the order in which they were made.
    pub messages: Vec<Message>,
    /// What was posted or is to be, and whose answer has not come.
    pub posts: BTreeMap<u64, Post>,
    posted: u64,
}

/// An id of the provider's.
pub fn sid(number: u64) -> String {
    format!("SM{number:032x}")
}

impl Message {
    /// Whether nothing more will be reported of it.
    pub fn is_over(&self) -> bool {
        self.reached == self.journey.len()
    }

    /// How far it has come, with the error code.
    pub fn status(&self) -> Option<(&'static str, u32)> {
        let last = self.reached.checked_sub(1)?;
        self.journey.get(last).copied()
    }
}

fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

fn journey(random: &mut Random) -> Vec<(&'static str, u32)> {
    let mut journey = vec![("queued", 0)];
    journey.extend(match random.below(6) {
        0 => vec![("failed", 30_008)],
        1 => vec![("sent", 0), ("undelivered", 30_005)],
        _ => vec![("sending", 0), ("sent", 0), ("delivered", 0)],
    });
    journey
}

/// Customers write.
impl World {
    /// One of them does.
    pub fn customer_writes(&mut self) {
        let number = self.twilio.messages.len();
        let from = self.random.pick(&CUSTOMERS).copied().unwrap_or_default();
        let lag = self.random.within(0, self.faults.list_lag_ms);
        let now = self.agenda.now();
        let message = Message {
            sid: sid(number as u64 + 1),
            entry: None,
            from: from.to_owned(),
            to: LINE.to_owned(),
            body: format!("in {number}"),
            journey: Vec::new(),
            reached: 0,
            at: now,
            listed_at: now + lag,
        };
        self.note("customer", || format!("{from} writes {:?}", message.body));
        let body = inbound_form(&message);
        self.twilio.messages.push(message);
        self.post_some(&Posting::Text(number), "/webhooks/twilio/message", &body);
    }

    /// Somebody posts what the provider never sent.
    pub fn forge(&mut self) {
        let number = self.random.number();
        let body = form(&[
            ("AccountSid", ACCOUNT),
            ("MessageSid", &sid(number)),
            ("From", CUSTOMERS[0]),
            ("To", LINE),
            ("Body", "forged"),
        ]);
        let post = Post {
            what: Posting::Forged,
            body,
            path: "/webhooks/twilio/message".to_owned(),
            signature: "bm90IHRoZSBzaWduYXR1cmU=".to_owned(),
            tries: 1,
        };
        self.twilio.posted += 1;
        let number = self.twilio.posted;
        self.note("stranger", || format!("forges p{number}"));
        self.twilio.posts.insert(number, post);
        self.agenda.after(1, Event::Posted(number));
    }

    /// Posts once, more than once, or never.
    fn post_some(&mut self, what: &Posting, path: &str, body: &str) {
        if self.random.chance(self.faults.post_losses) {
            return self.note("twilio", || format!("never posts {what:?}"));
        }
        let pairs: Vec<_> = form_urlencoded::parse(body.as_bytes()).collect();
        let url = self.relay.url.join(path);
        let signature = sign(&self.relay.key, &url, &pairs);
        let mut times = 1;
        while times < 4 && self.random.chance(self.faults.post_repeats) {
            times += 1;
        }
        for _ in 0..times {
            let post = Post {
                what: what.clone(),
                body: body.to_owned(),
                path: path.to_owned(),
                signature: signature.clone(),
                tries: 0,
            };
            self.twilio.posted += 1;
            let number = self.twilio.posted;
            self.twilio.posts.insert(number, post);
            let delay = self.random.within(1, self.faults.post_delay_ms);
            self.agenda.after(delay, Event::Post(number));
        }
    }

    /// A post leaves the provider.
    pub fn post(&mut self, number: u64) {
        let late = self.latency();
        if let Some(post) = self.twilio.posts.get_mut(&number) {
            post.tries += 1;
        }
        if self.network.provider_cut {
            return self.agenda.after(late, Event::PostAnswered(number, false));
        }
        self.agenda.after(late, Event::Posted(number));
    }

    /// It arrives at the relay.
    pub fn posted(&mut self, number: u64) {
        let Some(post) = self.twilio.posts.get(&number) else {
            return;
        };
        if !self.relay.up {
            return self.post_answered_later(number, false);
        }
        let pairs: Vec<(String, String)> = form_urlencoded::parse(post.body.as_bytes())
            .into_owned()
            .collect();
        let url = self.relay.url.join(&post.path);
        let signed = Signed {
            url: &url,
            content: Content::pairs(&pairs),
        };
        let verified = verify(&self.relay.key, signed, &post.signature);
        if verified || self.sabotage == Some(super::faults::Sabotage::Unsigned) {
            self.relay_begins(super::relay::Work::Post(number));
        } else {
            self.post_answered_later(number, false);
        }
    }

    /// The relay answers 2xx.
    pub fn post_is_taken(&mut self, number: u64) {
        if let Some(Post {
            what: Posting::Text(text),
            ..
        }) = self.twilio.posts.get(&number)
        {
            let sid = self.twilio.messages[*text].sid.clone();
            self.checker.acknowledged(sid);
        }
        self.note("relay", || format!("answers p{number} with 2xx"));
        let lost = self.random.chance(self.faults.call_losses / 2);
        self.post_answered_later(number, !lost);
    }

    /// The provider hears of it, or has waited long enough.
    pub fn post_answered_later(&mut self, number: u64, taken: bool) {
        let late = self.latency();
        let late = if taken || self.random.chance(500) {
            late
        } else {
            WEBHOOK_MS_MAX
        };
        self.agenda.after(late, Event::PostAnswered(number, taken));
    }

    /// A post is over, or is tried once more.
    pub fn post_answered(&mut self, number: u64, taken: bool) {
        let again = !taken && self.random.chance(300);
        let Some(post) = self.twilio.posts.get(&number) else {
            return;
        };
        if again && post.tries < 2 && !matches!(post.what, Posting::Forged) {
            return self.agenda.after(1, Event::Post(number));
        }
        self.twilio.posts.remove(&number);
    }
}

/// We write.
impl World {
    /// The relay calls the provider.
    pub fn hand_over(&mut self, handover: Box<Handover>) {
        let late = self.latency();
        self.note("relay", || format!("hands over {}", short(handover.entry)));
        if self.network.provider_cut {
            let outcome = failure(TransportFailure::Connect);
            return self.agenda.after(late, Event::Outcome(handover, outcome));
        }
        self.agenda.after(late, Event::Create(handover));
    }

    /// The call arrives.
    pub fn create(&mut self, handover: Box<Handover>) {
        let faults = &self.faults;
        let answers = [
            (
                faults.create_busy,
                429,
                r#"{"code":20429,"message":"busy"}"#,
            ),
            (
                faults.create_refusals,
                400,
                r#"{"code":21610,"message":"stop"}"#,
            ),
            (
                faults.account_refusals,
                401,
                r#"{"code":20003,"message":"no"}"#,
            ),
        ];
        for (rate, status, body) in answers {
            if self.random.chance(rate) {
                self.note("twilio", || {
                    format!("refuses {} with {status}", short(handover.entry))
                });
                return self.answer_create(handover, status, body);
            }
        }
        self.checker.create(handover.entry);
        let faulty = self.random.chance(self.faults.create_faults);
        if faulty && self.random.chance(500) {
            self.note("twilio", || {
                format!("faults, without {}", short(handover.entry))
            });
            self.answer_create(handover, 500, "{}");
        } else {
            self.accept(handover, faulty);
        }
    }

    fn accept(&mut self, handover: Box<Handover>, faulty: bool) {
        let number = self.twilio.messages.len();
        let now = self.agenda.now();
        let lag = self.random.within(0, self.faults.list_lag_ms);
        let message = Message {
            sid: sid(number as u64 + 1),
            entry: Some(handover.entry),
            from: handover.line.as_str().to_owned(),
            to: handover.address.as_str().to_owned(),
            body: handover.body.clone(),
            journey: journey(&mut self.random),
            reached: 0,
            at: now,
            listed_at: now + lag,
        };
        let body = format!(
            r#"{{"sid":"{}","status":"queued","num_segments":"1"}}"#,
            message.sid
        );
        self.note("twilio", || {
            format!("takes {} as m{number}", short(handover.entry))
        });
        self.twilio.messages.push(message);
        let step = self.random.within(1, STEP_MS_MAX);
        self.agenda.after(step, Event::Progress(number));
        if faulty {
            self.answer_create(handover, 500, "{}");
        } else if self.random.chance(self.faults.create_drops) {
            let outcome = failure(TransportFailure::Timeout);
            self.agenda
                .after(CREATE_MS_MAX, Event::Outcome(handover, outcome));
        } else {
            self.answer_create(handover, 201, &body);
        }
    }

    fn answer_create(&mut self, handover: Box<Handover>, status: u16, body: &str) {
        let answered = Answer {
            status,
            retry_after: None,
            body: body.as_bytes(),
        };
        let outcome: CreateOutcome = answer(&answered);
        let late = self.latency();
        self.agenda.after(late, Event::Outcome(handover, outcome));
    }

    /// A text of ours comes one step further.
    pub fn progress(&mut self, number: usize) {
        let Some(message) = self.twilio.messages.get_mut(number) else {
            return;
        };
        message.reached = (message.reached + 1).min(message.journey.len());
        let (Some((word, code)), Some(entry)) = (message.status(), message.entry) else {
            return;
        };
        let code = if code == 0 {
            String::new()
        } else {
            code.to_string()
        };
        let body = form(&[
            ("AccountSid", ACCOUNT),
            ("MessageSid", &message.sid),
            ("MessageStatus", word),
            ("ErrorCode", &code),
        ]);
        if !message.is_over() {
            let step = self.random.within(1, STEP_MS_MAX);
            self.agenda.after(step, Event::Progress(number));
        }
        self.note("twilio", || format!("m{number} is {word}"));
        let path = format!("/webhooks/twilio/status?entry={entry}");
        self.post_some(&Posting::Report { entry }, &path, &body);
    }

    /// What the list holds by now.
    pub fn listed(&self) -> Vec<(usize, Message)> {
        let now = self.agenda.now();
        let all = self.twilio.messages.iter().enumerate();
        all.filter(|(_, message)| message.listed_at <= now)
            .map(|(number, message)| (number, message.clone()))
            .collect()
    }
}

/// The form of a customer's text.
pub fn inbound_form(message: &Message) -> String {
    form(&[
        ("AccountSid", ACCOUNT),
        ("MessageSid", &message.sid),
        ("From", &message.from),
        ("To", &message.to),
        ("Body", &message.body),
        ("NumSegments", "1"),
    ])
}

/// Whether a status in the provider's word is one of ours.
pub fn status_of(word: &str) -> smsdesk_common::status::DeliveryStatus {
    must(
        smsdesk_common::status::DeliveryStatus::from_twilio(word).ok_or("a word that nobody knows"),
    )
}
