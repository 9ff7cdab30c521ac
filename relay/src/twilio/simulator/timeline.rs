//! When an outbound message reaches each status and when each callback goes out (pure).
//!
//! This module plans; it never waits, rolls dice or sends.

use super::config::StatusTiming;
use super::fate::Fate;
use super::message::Status;
use std::time::Duration;

/// Callbacks that one message can have: queued, sending, sent and the last status.
pub(super) const MAX_CALLBACKS: usize = 4;

/// One thing that happens to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It reaches a status.
    Reach(Status),
    /// Its price is known.
    Bill,
    /// The callback for a status goes out.
    Post(Status),
}

/// A step and when it is due, counted from the message's acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) after: Duration,
    pub(super) step: Step,
}

/// Where a message starts and ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub(super) first: Status,
    /// How long a scheduled message waits before anything happens to it.
    pub(super) hold: Duration,
    pub(super) fate: Fate,
}

/// In which order callbacks go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Each when its status is reached.
    AsReached,
    /// All when the last one is due, rotated by this number.
    Shuffled(u64),
}

/// What befalls one callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whim {
    /// How often it is sent: 0 where it is lost.
    pub(super) times: usize,
    pub(super) late: Duration,
}

/// How the callbacks of one message go out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Callbacks {
    /// Whether `sending` has one too.
    pub(super) sending: bool,
    pub(super) order: Order,
    /// What each waits after its status was reached.
    pub(super) delay: Duration,
    pub(super) whims: [Whim; MAX_CALLBACKS],
}

/// Everything that will happen to a message, in order of time. A callback never precedes its
/// status; there is none for the first status (Twilio: take it from the create's answer).
pub(super) fn timeline(
    route: Route,
    timing: &StatusTiming,
    callbacks: Option<&Callbacks>,
) -> Vec<Planned> {
    let reached = statuses(route, timing);
    let last = reached.last().map_or(route.hold, |(after, _)| *after);
    let mut plan: Vec<Planned> = reached
        .iter()
        .map(|&(after, status)| Planned {
            after,
            step: Step::Reach(status),
        })
        .collect();
    if !matches!(route.fate, Fate::Failed(_)) {
        let after = last.max(route.hold + timing.billed);
        plan.push(Planned {
            after,
            step: Step::Bill,
        });
    }
    if let Some(callbacks) = callbacks {
        plan.extend(posts(&reached, callbacks));
    }
    // The sort is stable, so a status comes before a callback that is due at the same time.
    plan.sort_by_key(|planned| planned.after);
    plan
}

/// The statuses after the first one, each not earlier than the one before.
fn statuses(route: Route, timing: &StatusTiming) -> Vec<(Duration, Status)> {
    let mut due = Vec::with_capacity(MAX_CALLBACKS);
    if matches!(route.first, Status::Accepted | Status::Scheduled) {
        due.push((timing.queued, Status::Queued));
    }
    due.push((timing.sending, Status::Sending));
    let last = route.fate.last_status();
    if last == Status::Failed {
        due.push((timing.sent, Status::Failed));
    } else {
        due.push((timing.sent, Status::Sent));
        if last != Status::Sent {
            due.push((timing.delivered, last));
        }
    }
    let mut latest = Duration::ZERO;
    for (after, _) in &mut due {
        latest = latest.max(*after);
        *after = route.hold + latest;
    }
    due
}

fn posts(reached: &[(Duration, Status)], callbacks: &Callbacks) -> Vec<Planned> {
    let mut due: Vec<(Duration, Status, usize)> = reached
        .iter()
        .filter(|(_, status)| callbacks.sending || *status != Status::Sending)
        .zip(callbacks.whims)
        .filter(|(_, whim)| whim.times > 0)
        .map(|(&(after, status), whim)| (after + callbacks.delay + whim.late, status, whim.times))
        .collect();
    if let Order::Shuffled(by) = callbacks.order
        && due.len() > 1
        && let Some(end) = due.iter().map(|(after, ..)| *after).max()
    {
        // Rotating by 1 to len-1 places never gives the true order back.
        let places = 1 + by % (due.len() as u64 - 1);
        due.rotate_left(usize::try_from(places).unwrap_or(1));
        for (after, ..) in &mut due {
            *after = end;
        }
    }
    due.into_iter()
        .flat_map(|(after, status, times)| {
            std::iter::repeat_n(
                Planned {
                    after,
                    step: Step::Post(status),
                },
                times,
            )
        })
        .collect()
}

#[cfg(test)]
mod tests;
