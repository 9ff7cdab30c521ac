//! What was replaced at Twilio, so that it can be put back: exactly that, and only where what we set
//! is still there.

use super::plan::Place;
use crate::twilio::holdings::{Hook, Hooks, Method};
use serde::{Deserialize, Serialize};

/// Every place that was changed and not put back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replaced {
    /// One a place.
    pub places: Vec<Entry>,
}

/// A place that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The account.
    pub account: String,
    /// Twilio's id of number, service or application.
    pub sid: String,
    /// How it is called. Remote text.
    pub name: String,
    /// What stood there.
    pub before: Kept,
    /// What stands there since: the last one, or one before where setting that was cut off.
    pub after: Vec<Kept>,
}

/// Sets of addresses of which any may stand at a place. More than one is there only where setting
/// was cut off that often, each time with another public address.
const AFTER_MAX: usize = 16;

impl Entry {
    /// Whether an address for statuses is one that was set here.
    #[must_use]
    pub fn has_set_status(&self, status: &str) -> bool {
        let is = |kept: &Kept| kept.status.as_deref() == Some(status);
        self.after.iter().any(is)
    }
}

/// The addresses of a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    inbound: KeptHook,
    fallback: KeptHook,
    /// None where the place has no such address.
    pub status: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptHook {
    url: String,
    method: String,
}

impl From<&Hook> for KeptHook {
    fn from(hook: &Hook) -> Self {
        Self {
            url: hook.url.clone(),
            method: hook.method.as_str().to_owned(),
        }
    }
}

impl KeptHook {
    fn hook(&self) -> Hook {
        Hook {
            url: self.url.clone(),
            method: Method::named(&self.method),
        }
    }
}

impl Kept {
    fn of(place: &Place) -> Self {
        Self {
            inbound: (&place.inbound).into(),
            fallback: (&place.fallback).into(),
            status: place.status.clone(),
        }
    }

    fn with(&self, hooks: &Hooks) -> Self {
        let hook = |new: &Option<Hook>, old: &KeptHook| {
            new.as_ref().map_or_else(|| old.clone(), KeptHook::from)
        };
        Self {
            inbound: hook(&hooks.inbound, &self.inbound),
            fallback: hook(&hooks.fallback, &self.fallback),
            status: hooks.status.clone().or_else(|| self.status.clone()),
        }
    }
}

impl Replaced {
    /// What is known of a place.
    #[must_use]
    pub fn of(&self, account: &str, sid: &str) -> Option<&Entry> {
        let is = |entry: &&Entry| entry.account == account && entry.sid == sid;
        self.places.iter().find(is)
    }

    /// Remembers what stands at a place before it is changed. Each address of ours that stands there
    /// keeps what it replaced itself, so that changing ours again does not lose it.
    pub fn remember(&mut self, account: &str, place: &Place, hooks: &Hooks) {
        let now = Kept::of(place);
        let (before, mut after) = match self.of(account, place.at.sid()) {
            None => (now.clone(), Vec::new()),
            Some(Entry { before, after, .. }) => {
                let before = Kept {
                    inbound: first(&before.inbound, after, &now.inbound, |kept| &kept.inbound),
                    fallback: first(&before.fallback, after, &now.fallback, |kept| {
                        &kept.fallback
                    }),
                    status: first(&before.status, after, &now.status, |kept| &kept.status),
                };
                (before, after.clone())
            }
        };
        after.push(now.with(hooks));
        after.dedup();
        if after.len() > AFTER_MAX {
            after.remove(0);
        }
        self.forget(account, place.at.sid());
        self.places.push(Entry {
            account: account.to_owned(),
            sid: place.at.sid().to_owned(),
            name: place.name.clone(),
            before,
            after,
        });
    }

    /// What was last remembered of a place has come about.
    pub fn confirm(&mut self, account: &str, sid: &str) {
        let is = |entry: &&mut Entry| entry.account == account && entry.sid == sid;
        if let Some(entry) = self.places.iter_mut().find(is) {
            let last = entry.after.len().saturating_sub(1);
            entry.after.drain(..last);
        }
    }

    /// A place is as it was, or somebody else's.
    pub fn forget(&mut self, account: &str, sid: &str) {
        self.places
            .retain(|entry| entry.account != account || entry.sid != sid);
    }
}

fn first<T: Clone + PartialEq>(before: &T, after: &[Kept], now: &T, of: impl Fn(&Kept) -> &T) -> T {
    let is_ours = after.iter().any(|kept| of(kept) == now);
    if is_ours { before } else { now }.clone()
}

/// What puts a place back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// This has to be set.
    Set(Hooks),
    /// It is as it was.
    Done,
    /// Somebody has set other addresses since; they stay.
    Theirs,
}

/// What puts `place`, as it stands now, back to what `entry` remembers: each address that is still
/// ours.
#[must_use]
pub fn undo(entry: &Entry, place: &Place) -> Undo {
    let now = Kept::of(place);
    let Entry { before, after, .. } = entry;
    let is_ours = |is: &dyn Fn(&Kept) -> bool| after.iter().any(is);
    let inbound = now.inbound != before.inbound && is_ours(&|kept| kept.inbound == now.inbound);
    let fallback =
        now.fallback != before.fallback && is_ours(&|kept| kept.fallback == now.fallback);
    let status = now.status != before.status && is_ours(&|kept| kept.status == now.status);
    let hooks = Hooks {
        inbound: inbound.then(|| before.inbound.hook()),
        fallback: fallback.then(|| before.fallback.hook()),
        status: before.status.clone().filter(|_| status),
    };
    if hooks != Hooks::default() {
        Undo::Set(hooks)
    } else if now == *before {
        Undo::Done
    } else {
        Undo::Theirs
    }
}
