//! What a route needs, and who meets it. The table of routes names a need for each; the gate before
//! the handlers goes by nothing else, and docs/authorisation.md is written from both.

use smsdesk_common::agent::Role;
use smsdesk_common::scope::{Scope, Scopes};

/// What the holder of an accepted token may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    /// What they are.
    pub role: Role,
    /// What a program may do; people have none.
    pub scopes: Scopes,
}

/// What a route needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Nothing,
    /// A signature of the provider's, which the handler looks at.
    Signature,
    /// An invite, which the handler looks at.
    Invite,
    /// A token, whatever it may do.
    Token,
    /// A person, or a program with one of these scopes.
    Look(&'static [Scope]),
    /// A person who works here, or a program with one of these scopes.
    Work(&'static [Scope]),
    /// An admin.
    Admin,
}

impl Need {
    /// To look at what terminals show.
    pub const READ: Self = Self::Look(&[Scope::Read]);
    /// To look at contacts.
    pub const READ_CONTACTS: Self = Self::Look(&[Scope::Read, Scope::Contacts]);
    /// To look at texts one by one.
    pub const READ_TEXTS: Self = Self::Look(&[Scope::Read, Scope::Send]);
    /// To look at jobs.
    pub const READ_JOBS: Self = Self::Look(&[Scope::Read, Scope::Triggers]);
    /// To send texts, and take back those that wait.
    pub const SEND: Self = Self::Work(&[Scope::Send]);
    /// To change contacts.
    pub const CONTACTS: Self = Self::Work(&[Scope::Contacts]);
    /// To keep jobs and tell customers of them.
    pub const TRIGGERS: Self = Self::Work(&[Scope::Triggers]);
    /// What only people do: triage, notes, templates.
    pub const WORK: Self = Self::Work(&[]);

    /// Whether a request has to bring a token.
    pub const fn wants_token(self) -> bool {
        !matches!(self, Self::Nothing | Self::Signature | Self::Invite)
    }

    /// Whether the holder of a token may.
    pub fn is_met_by(self, rights: &Rights) -> bool {
        let program = rights.role == Role::Integration;
        match self {
            Self::Nothing | Self::Signature | Self::Invite | Self::Token => true,
            Self::Look(scopes) => !program || rights.scopes.has_any(scopes),
            Self::Work(scopes) if program => rights.scopes.has_any(scopes),
            Self::Work(_) => rights.role.may_write(),
            Self::Admin => rights.role == Role::Admin,
        }
    }

    /// What is needed, in a few words.
    pub fn words(self) -> String {
        let (people, scopes) = match self {
            Self::Nothing => return "anyone".to_owned(),
            Self::Signature => return "signature".to_owned(),
            Self::Invite => return "invite".to_owned(),
            Self::Token => return "token".to_owned(),
            Self::Admin => return "token, admin".to_owned(),
            Self::Look(scopes) => ("token", scopes),
            Self::Work(scopes) => ("token, agent", scopes),
        };
        let names: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        match names.join(" or ") {
            names if names.is_empty() => people.to_owned(),
            names => format!("{people}; scope {names}"),
        }
    }

    /// Why somebody may not, in words for them.
    pub fn refusal(self, rights: &Rights) -> String {
        if rights.role == Role::Integration {
            return format!(
                "the token has the scopes {}; this needs: {}",
                rights.scopes,
                self.words()
            );
        }
        format!(
            "your role is {}; this needs: {}",
            rights.role.as_str(),
            self.words()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(role: Role, scopes: &[Scope]) -> Rights {
        let scopes = scopes.iter().copied().collect();
        Rights { role, scopes }
    }

    #[test]
    fn people_are_judged_by_their_role_and_programs_by_their_scopes() {
        let readonly = rights(Role::Readonly, &[]);
        let agent = rights(Role::Agent, &[]);
        let admin = rights(Role::Admin, &[]);
        let sender = rights(Role::Integration, &[Scope::Send]);
        let nothing = rights(Role::Integration, &[]);
        for (need, who) in [
            (
                Need::Token,
                vec![&readonly, &agent, &admin, &sender, &nothing],
            ),
            (Need::READ, vec![&readonly, &agent, &admin]),
            (Need::READ_TEXTS, vec![&readonly, &agent, &admin, &sender]),
            (Need::SEND, vec![&agent, &admin, &sender]),
            (Need::WORK, vec![&agent, &admin]),
            (Need::Admin, vec![&admin]),
        ] {
            for rights in [&readonly, &agent, &admin, &sender, &nothing] {
                let expected = who.contains(&rights);
                assert_eq!(need.is_met_by(rights), expected, "{need:?} {rights:?}");
            }
        }
    }

    #[test]
    fn scopes_give_a_person_nothing() {
        let reader = rights(Role::Readonly, &Scope::ALL);
        assert!(!Need::SEND.is_met_by(&reader) && !Need::Admin.is_met_by(&reader));
    }
}
