//! How long customers waited for a colleague's answer, and how long until their matter was done,
//! read off one timeline from its beginning or from any place where somebody began to wait.

use crate::activity::Activity;
use crate::cause::Cause;
use crate::conversation::ConversationStatus;
use crate::entry::{Author, Direction, EntryKind};
use crate::ids::{AgentId, Seq};
use crate::status::DeliveryStatus;
use crate::time::Timestamp;

/// Who sent what went out without us, as an entry names it: people who used other means.
const ELSEWHERE: &str = "twilio";

/// A place in a timeline. Timelines go by time, and by position where the times are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// When.
    pub at: Timestamp,
    /// Where among what came at the same time.
    pub position: Seq,
}

/// What an entry means for those who wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The customer wrote.
    Customer,
    /// A colleague wrote to the customer.
    Agent(AgentId),
    /// Somebody wrote to the customer by other means than this desk.
    Elsewhere,
    /// It was marked done; by a colleague, where one did it.
    Done(Option<AgentId>),
    /// Somebody took that back.
    Reopened,
    /// Nothing: what a rule sent, what waits for its time, what was canceled, a note.
    Nothing,
}

/// What an entry means for those who wait.
pub fn said(
    kind: EntryKind,
    direction: Direction,
    author: &Author,
    status: Option<DeliveryStatus>,
    activity: &[Activity],
) -> Said {
    use DeliveryStatus::{Canceled, Scheduled};
    match (kind, direction, author) {
        (EntryKind::Message, Direction::Inbound, _) => Said::Customer,
        (EntryKind::Message, Direction::Outbound, _)
            if matches!(status, Some(Scheduled | Canceled)) =>
        {
            Said::Nothing
        }
        (EntryKind::Message, Direction::Outbound, Author::Agent(agent)) => Said::Agent(*agent),
        (EntryKind::Message, Direction::Outbound, Author::Automation(Cause::Other(name)))
            if name == ELSEWHERE =>
        {
            Said::Elsewhere
        }
        (EntryKind::Activity, _, author) => closed_or_opened(author, activity),
        _ => Said::Nothing,
    }
}

fn closed_or_opened(author: &Author, activity: &[Activity]) -> Said {
    use ConversationStatus::Done;
    let by = match author {
        Author::Agent(agent) => Some(*agent),
        Author::Contact | Author::Automation(_) => None,
    };
    let moves = activity.iter().rev().find_map(|activity| match activity {
        Activity::Status { from, to } => Some((*from, *to)),
        _ => None,
    });
    match moves {
        Some((_, Done)) => Said::Done(by),
        Some((Done, _)) => Said::Reopened,
        _ => Said::Nothing,
    }
}

/// An entry as those who wait see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Where.
    pub place: Place,
    /// What.
    pub said: Said,
}

/// Somebody waited: from their first text that nobody had answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Since then.
    pub began: Place,
    /// The stretch that it is in.
    pub stretch: Place,
    /// When a colleague first answered, and who; none where none did, or not yet.
    pub answered: Option<(Timestamp, AgentId)>,
}

/// A matter was open: from the customer's first text until it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Since then.
    pub began: Place,
    /// When it was done, and by which colleague; none while it is open.
    pub done: Option<(Timestamp, Option<AgentId>)>,
}

/// That somebody begins to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begins {
    /// Where.
    pub at: Place,
    /// In which stretch.
    pub stretch: Place,
}

/// Goes through a timeline in its order.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    stretch: Option<Stretch>,
    wait: Option<Wait>,
    waits: Vec<Wait>,
    stretches: Vec<Stretch>,
}

impl Walk {
    /// A walk that goes on where somebody begins to wait in this stretch, which began before.
    pub fn within(stretch: Place) -> Self {
        Self {
            stretch: Some(Stretch {
                began: stretch,
                done: None,
            }),
            ..Self::default()
        }
    }

    /// Whether somebody begins to wait at this moment. Only there a later walk can go on.
    pub fn begins(&self, moment: &Moment) -> Option<Begins> {
        let at = moment.place;
        match (moment.said, &self.stretch, &self.wait) {
            (Said::Customer, Some(stretch), None) if stretch.done.is_none() => Some(Begins {
                at,
                stretch: stretch.began,
            }),
            (Said::Customer, Some(stretch), Some(_)) if stretch.done.is_none() => None,
            (Said::Customer, ..) => Some(Begins { at, stretch: at }),
            _ => None,
        }
    }

    /// Goes one moment on.
    pub fn step(&mut self, moment: &Moment) {
        if let Some(Begins { at, stretch }) = self.begins(moment) {
            self.waits.extend(self.wait.take());
            if stretch == at {
                let began = Stretch {
                    began: at,
                    done: None,
                };
                self.stretches.extend(self.stretch.replace(began));
            }
            self.wait = Some(Wait {
                began: at,
                stretch,
                answered: None,
            });
        }
        match moment.said {
            Said::Agent(agent) => {
                if let Some(mut wait) = self.wait.take() {
                    wait.answered = Some((moment.place.at, agent));
                    self.waits.push(wait);
                }
            }
            Said::Elsewhere => self.waits.extend(self.wait.take()),
            Said::Done(by) => {
                if let Some(stretch) = self.stretch.as_mut().filter(|it| it.done.is_none()) {
                    stretch.done = Some((moment.place.at, by));
                }
            }
            Said::Reopened => {
                if let Some(stretch) = &mut self.stretch {
                    stretch.done = None;
                }
            }
            Said::Customer | Said::Nothing => {}
        }
    }

    /// Everything up to the end of the timeline.
    pub fn end(mut self) -> (Vec<Wait>, Vec<Stretch>) {
        self.waits.extend(self.wait);
        self.stretches.extend(self.stretch);
        (self.waits, self.stretches)
    }

    /// Everything before a place where somebody begins to wait. A stretch that goes on there is no
    /// part of it.
    pub fn end_before(mut self, next: Begins) -> (Vec<Wait>, Vec<Stretch>) {
        self.stretch = self.stretch.filter(|it| it.began != next.stretch);
        self.end()
    }
}

#[cfg(test)]
#[path = "waits_tests.rs"]
mod tests;
