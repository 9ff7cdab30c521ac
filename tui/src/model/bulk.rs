//! A text to many while it is prepared: to whom, what it says, what was counted. Knows no relay.

use serde::{Deserialize, Serialize};
use serde_json::json;
use smsdesk_common::api::broadcasts::{BulkPlan, SendBulk};
use smsdesk_common::broadcast::NAME_CHARACTERS_MAX;
use smsdesk_common::ids::{BroadcastId, ConversationId, TemplateId};
use std::collections::VecDeque;

/// To whom it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whom {
    /// Those that were selected in the list.
    Conversations(Vec<ConversationId>),
    /// Everybody with a label.
    Label(String),
    /// Every conversation that a filter means.
    Filter(String),
}

impl Whom {
    /// In words, as a title tells it.
    pub fn words(&self) -> String {
        match self {
            Self::Conversations(those) if those.len() == 1 => "one conversation".to_owned(),
            Self::Conversations(those) => format!("{} conversations", those.len()),
            Self::Label(label) => format!("everybody with the label {label}"),
            Self::Filter(filter) => format!("every conversation that is {filter}"),
        }
    }
}

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Says {
    /// These words, with their variables.
    Words(String),
    /// What a template says.
    Template {
        /// Which.
        id: TemplateId,
        /// What it is called.
        name: String,
    },
}

/// A text to many that was not begun yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// To whom.
    pub whom: Whom,
    /// What it says.
    pub says: Says,
}

impl Draft {
    /// What it is called in lists.
    pub fn name(&self) -> String {
        let words = match &self.says {
            Says::Words(words) => words.split_whitespace().collect::<Vec<_>>().join(" "),
            Says::Template { name, .. } => name.clone(),
        };
        words.chars().take(NAME_CHARACTERS_MAX).collect()
    }

    /// What the relay is asked for. Under one id it is begun once, however often it is asked for.
    pub fn request(&self, id: BroadcastId) -> SendBulk {
        let mut bulk = SendBulk {
            id: Some(id),
            ..SendBulk::default()
        };
        match &self.whom {
            Whom::Conversations(those) => {
                let named = those.iter().map(|id| json!({ "conversation": id }));
                bulk.to = Some(named.collect());
            }
            Whom::Label(label) => bulk.label = Some(label.clone()),
            Whom::Filter(filter) => bulk.filter = Some(filter.clone()),
        }
        match &self.says {
            Says::Words(words) => bulk.body = Some(words.clone()),
            Says::Template { id, .. } => bulk.template = Some(*id),
        }
        bulk
    }
}

/// What the relay is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// About which text.
    pub draft: Draft,
    /// Its id; none before it was counted for the first time.
    pub id: Option<BroadcastId>,
    /// What was counted is to be begun; without it it is only counted.
    pub confirm: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Nobody was texted; this is what it would be.
    Counted(Box<BulkPlan>),
    /// It goes out.
    Begun,
    /// It is not any more what was counted. Nobody was texted.
    Changed,
    /// The answer was lost, in words: it may have begun or not.
    Unsure(String),
    /// Nobody was texted, and why.
    Refused(String),
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// About which text.
    pub draft: Draft,
    /// Its id.
    pub id: BroadcastId,
    /// What came of it.
    pub outcome: Outcome,
}

/// How many are remembered: an agent who has lost more answers than that has other troubles.
const UNSURE_MAX: usize = 20;

/// Texts to many that may have begun: the answer was lost. Whoever writes the same one again means
/// that one, under its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsure(VecDeque<(Draft, BroadcastId)>);

impl Unsure {
    /// The id of a text that may have begun.
    pub fn id(&self, draft: &Draft) -> Option<BroadcastId> {
        let mut held = self.0.iter();
        held.find(|(held, _)| held == draft).map(|(_, id)| *id)
    }

    /// Takes what is known of a text by now.
    pub fn note(&mut self, told: &Told) {
        let is_unsure = match &told.outcome {
            Outcome::Unsure(_) => true,
            Outcome::Begun | Outcome::Changed => false,
            // That nobody was texted is said of this try alone.
            Outcome::Counted(_) | Outcome::Refused(_) => return,
        };
        self.0.retain(|(draft, _)| *draft != told.draft);
        if is_unsure {
            self.0.truncate(UNSURE_MAX - 1);
            self.0.push_front((told.draft.clone(), told.id));
        }
    }
}

/// A text to many between its words and its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preparation {
    /// To whom, and what.
    pub draft: Draft,
    id: Option<BroadcastId>,
    plan: Option<Box<BulkPlan>>,
    waits: bool,
    unsure: bool,
    problem: Option<String>,
}

impl Preparation {
    /// One that was not counted yet, and what the relay is to be asked. With an id it may have begun
    /// before, under that.
    pub fn new(draft: Draft, before: Option<BroadcastId>) -> (Self, Ask) {
        let ask = Ask {
            draft: draft.clone(),
            id: before,
            confirm: None,
        };
        let new = Self {
            draft,
            id: before,
            plan: None,
            waits: true,
            unsure: before.is_some(),
            problem: before.map(|_| "the answer to it was lost before".to_owned()),
        };
        (new, ask)
    }

    /// What was counted.
    pub fn plan(&self) -> Option<&BulkPlan> {
        self.plan.as_deref()
    }

    /// Whether an answer is on its way.
    pub const fn waits(&self) -> bool {
        self.waits
    }

    /// Whether it may have begun, for all that is known.
    pub const fn is_unsure(&self) -> bool {
        self.unsure
    }

    /// What went wrong.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Counts anew; none while an answer is on its way.
    pub fn count(&mut self) -> Option<Ask> {
        if self.waits {
            return None;
        }
        self.waits = true;
        self.problem = None;
        Some(Ask {
            draft: self.draft.clone(),
            id: self.id,
            confirm: None,
        })
    }

    /// Begins what was counted; none where nothing was, where nobody would be texted, or while an
    /// answer is on its way.
    pub fn begin(&mut self) -> Option<Ask> {
        let plan = self.plan.as_deref().filter(|plan| plan.reachable > 0)?;
        if self.waits || self.id.is_none() {
            return None;
        }
        let confirm = Some(plan.confirm.clone());
        self.waits = true;
        self.problem = None;
        Some(Ask {
            draft: self.draft.clone(),
            id: self.id,
            confirm,
        })
    }

    /// Takes an answer. Says what to ask next.
    pub fn hear(&mut self, told: Told) -> Option<Ask> {
        self.waits = false;
        self.id = Some(told.id);
        match told.outcome {
            Outcome::Counted(plan) => self.plan = Some(plan),
            Outcome::Begun => {}
            Outcome::Changed => {
                let ask = self.count();
                self.plan = None;
                self.unsure = false;
                self.problem = Some("it was changed meanwhile: look again".to_owned());
                return ask;
            }
            Outcome::Unsure(why) => {
                self.unsure = true;
                self.problem = Some(why);
            }
            Outcome::Refused(why) => self.problem = Some(why),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn draft() -> Draft {
        Draft {
            whom: Whom::Label("vip".to_owned()),
            says: Says::Words("closed on  Monday".to_owned()),
        }
    }

    fn told(outcome: Outcome) -> Told {
        Told {
            draft: draft(),
            id: BroadcastId(Uuid::from_u128(7)),
            outcome,
        }
    }

    fn plan(reachable: u32) -> Outcome {
        Outcome::Counted(Box::new(BulkPlan {
            recipients: 3,
            reachable,
            confirm: "abc".to_owned(),
            ..serde_json::from_value(json!({
                "recipients": 0, "reachable": 0, "quiet": 0, "opted_out": 0, "duplicate": 0,
                "invalid": 0, "incomplete": 0, "refused": 0, "segments": 0,
                "segments_by_prefix": {}, "problems": [], "confirm": "",
            }))
            .unwrap()
        }))
    }

    #[test]
    fn nothing_begins_before_it_was_counted_and_somebody_can_be_texted() {
        let (mut held, ask) = Preparation::new(draft(), None);
        assert_eq!((ask.id, ask.confirm), (None, None));
        assert_eq!(held.begin(), None);
        assert_eq!(held.hear(told(plan(0))), None);
        assert_eq!(held.begin(), None);
        assert!(held.count().is_some());
        assert_eq!(held.begin(), None, "it is being counted");
        held.hear(told(plan(2)));
        let ask = held.begin().unwrap();
        assert_eq!(ask.confirm.as_deref(), Some("abc"));
        assert_eq!(held.begin(), None, "it is asked for already");
    }

    #[test]
    fn what_may_have_begun_is_asked_for_again_under_the_same_id() {
        let (mut held, _) = Preparation::new(draft(), None);
        held.hear(told(plan(2)));
        let first = held.begin().unwrap();
        held.hear(told(Outcome::Unsure("no answer".to_owned())));
        assert!(held.is_unsure());
        assert_eq!(held.begin().unwrap(), first);
    }

    #[test]
    fn the_same_text_again_goes_by_its_id_as_long_as_nobody_knows_whether_it_began() {
        let mut unsure = Unsure::default();
        unsure.note(&told(Outcome::Unsure("no answer".to_owned())));
        unsure.note(&told(Outcome::Refused("offline".to_owned())));
        let id = unsure.id(&draft());
        assert_eq!(id, Some(told(Outcome::Begun).id));
        let (mut held, ask) = Preparation::new(draft(), id);
        assert_eq!((ask.id, ask.confirm), (id, None));
        assert!(held.is_unsure());
        held.hear(told(plan(2)));
        assert_eq!(held.begin().unwrap().id, id);
        let other = Draft {
            says: Says::Words("open again".to_owned()),
            ..draft()
        };
        assert_eq!(unsure.id(&other), None);
        unsure.note(&told(Outcome::Begun));
        assert_eq!(unsure, Unsure::default());
        for n in 0..100 {
            let mut lost = told(Outcome::Unsure(String::new()));
            lost.draft.says = Says::Words(n.to_string());
            unsure.note(&lost);
        }
        assert_eq!(unsure.0.len(), UNSURE_MAX);
    }

    #[test]
    fn what_was_changed_meanwhile_is_counted_anew() {
        let (mut held, _) = Preparation::new(draft(), None);
        held.hear(told(plan(2)));
        held.begin().unwrap();
        let ask = held.hear(told(Outcome::Changed)).unwrap();
        assert_eq!(ask.confirm, None);
        assert_eq!(held.begin(), None);
        assert!(held.problem().unwrap().contains("look again"));
    }

    #[test]
    fn a_request_names_one_source_and_one_text() {
        let id = BroadcastId(Uuid::from_u128(7));
        let bulk = draft().request(id);
        assert_eq!(bulk.label.as_deref(), Some("vip"));
        assert_eq!((bulk.to, bulk.filter, bulk.template), (None, None, None));
        let those = vec![ConversationId(Uuid::from_u128(1))];
        let bulk = Draft {
            whom: Whom::Conversations(those),
            says: Says::Template {
                id: TemplateId(Uuid::from_u128(2)),
                name: "Outage".to_owned(),
            },
        }
        .request(id);
        assert_eq!(bulk.to.unwrap().len(), 1);
        assert!(bulk.template.is_some() && bulk.body.is_none());
        assert_eq!(draft().name(), "closed on Monday");
    }
}
