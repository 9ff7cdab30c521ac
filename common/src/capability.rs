//! What a relay can do, told in its `welcome`, so that an app that is newer says what an older relay
//! lacks instead of asking for it in vain.

use serde::{Deserialize, Serialize};

/// Something that not every version of the relay can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// `PATCH /v1/conversations/{id}`: status, owner, labels, flag.
    Triage,
    /// Conversations that come back at a time.
    Snooze,
    /// Presence of colleagues.
    Presence,
    /// Why something is flagged.
    FlagReasons,
    /// Private notes among colleagues.
    Notes,
    /// Templates: their records, and `/v1/templates`.
    Templates,
    /// Texts that go out at a time: `send_at`, and what is done to one that waits.
    Timed,
    /// Changes of contacts: `/v1/contacts`.
    Contacts,
    /// One text to many: `/v1/broadcasts`.
    Bulk,
    /// Who wants no texts: kept, obeyed, and written down.
    OptOuts,
    /// Keyword replies: their records, and `/v1/rules`.
    Rules,
    /// What can be set while the relay runs: `/v1/settings`.
    Settings,
    /// Figures of the work: `/v1/stats`.
    Stats,
    /// Appointments: their records, and `/v1/jobs`.
    Jobs,
    /// Who did what: `/v1/audit`.
    Audit,
    /// How the relay fares: `/v1/status`.
    Status,
}

impl Capability {
    /// Everything that this build knows of.
    pub const ALL: [Self; 16] = [
        Self::Triage,
        Self::Snooze,
        Self::Presence,
        Self::FlagReasons,
        Self::Notes,
        Self::Templates,
        Self::Timed,
        Self::Contacts,
        Self::Bulk,
        Self::OptOuts,
        Self::Rules,
        Self::Settings,
        Self::Stats,
        Self::Jobs,
        Self::Audit,
        Self::Status,
    ];

    /// What the first version could do, which said nothing about it.
    pub const FIRST: [Self; 3] = [Self::Triage, Self::Snooze, Self::Presence];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Triage => "triage",
            Self::Snooze => "snooze",
            Self::Presence => "presence",
            Self::FlagReasons => "flag_reasons",
            Self::Notes => "notes",
            Self::Templates => "templates",
            Self::Timed => "timed",
            Self::Contacts => "contacts",
            Self::Bulk => "bulk",
            Self::OptOuts => "opt_outs",
            Self::Rules => "rules",
            Self::Settings => "settings",
            Self::Stats => "stats",
            Self::Jobs => "jobs",
            Self::Audit => "audit",
            Self::Status => "status",
        }
    }

    /// As people call it, behind "the relay is too old for".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Triage => "changes of conversations",
            Self::Snooze => "snoozing",
            Self::Presence => "presence",
            Self::FlagReasons => "reasons of flags",
            Self::Notes => "private notes",
            Self::Templates => "templates",
            Self::Timed => "texts that go out later",
            Self::Contacts => "changes of contacts",
            Self::Bulk => "texts to many",
            Self::OptOuts => "opting somebody out",
            Self::Rules => "keyword replies",
            Self::Settings => "settings",
            Self::Stats => "figures of the work",
            Self::Jobs => "appointments",
            Self::Audit => "the audit",
            Self::Status => "telling how it fares",
        }
    }

    /// The capability of that name; none for one that only a later version knows.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|able| able.name() == name)
    }
}

/// What one relay can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Capabilities(Vec<Capability>);

impl Default for Capabilities {
    /// Everything: before a relay has said otherwise nothing is withheld.
    fn default() -> Self {
        Self(Capability::ALL.to_vec())
    }
}

impl Capabilities {
    /// From the names in a `welcome`. Names of a later version are passed over, without a list it is
    /// a relay of the first version.
    pub fn said(names: Option<&[String]>) -> Self {
        Self(match names {
            None => Capability::FIRST.to_vec(),
            Some(names) => {
                let known = Capability::ALL.into_iter();
                let is_said = |able: &Capability| names.iter().any(|name| name == able.name());
                known.filter(is_said).collect()
            }
        })
    }

    /// The names of everything that this build can do.
    pub fn names() -> Vec<String> {
        let names = Capability::ALL.iter().map(|able| able.name().to_owned());
        names.collect()
    }

    /// Whether it can do that.
    pub fn can(&self, able: Capability) -> bool {
        self.0.contains(&able)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_capability_has_a_name_that_reads_back_and_serialises_so() {
        for able in Capability::ALL {
            assert_eq!(Capability::named(able.name()), Some(able));
            let json = serde_json::to_value(able).unwrap();
            assert_eq!(json.as_str(), Some(able.name()));
        }
    }

    #[test]
    fn a_relay_that_says_nothing_is_one_of_the_first_version() {
        let first = Capabilities::said(None);
        assert!(first.can(Capability::Triage) && first.can(Capability::Snooze));
        assert!(!first.can(Capability::Notes) && !first.can(Capability::FlagReasons));
        let none = Capabilities::said(Some(&[]));
        assert!(Capability::ALL.iter().all(|able| !none.can(*able)));
    }

    proptest! {
        #[test]
        fn names_in_any_order_and_any_number_of_times_say_the_same(
            said in prop::collection::vec(
                prop::sample::select(vec!["notes", "snooze", "triage", "hologram", ""]), 0..9,
            ),
        ) {
            let said: Vec<String> = said.into_iter().map(str::to_owned).collect();
            let able = Capabilities::said(Some(&said));
            for one in Capability::ALL {
                prop_assert_eq!(able.can(one), said.iter().any(|name| name == one.name()));
            }
        }
    }
}
