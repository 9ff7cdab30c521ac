//! What an action needs of the relay.

use crate::action::Action;
use smsdesk_common::capability::Capability;

/// What the relay must be able to do for `action`; none for what every relay can, or none is asked for.
pub const fn needs(action: Action) -> Option<Capability> {
    Some(match action {
        Action::DoneNext
        | Action::DoneStay
        | Action::Assign
        | Action::Labels
        | Action::Flag
        | Action::Take => Capability::Triage,
        Action::Snooze => Capability::Snooze,
        Action::FlagReason => Capability::FlagReasons,
        Action::OptOut => Capability::OptOuts,
        Action::Note | Action::SaveNote => Capability::Notes,
        Action::Template | Action::Templates => Capability::Templates,
        Action::Broadcasts
        | Action::Bulk
        | Action::StartBroadcast
        | Action::RecountBroadcast
        | Action::PauseBroadcast
        | Action::CancelBroadcast => Capability::Bulk,
        Action::Settings => Capability::Settings,
        Action::Rules => Capability::Rules,
        Action::SendLater
        | Action::ViewTimed
        | Action::EditTimed
        | Action::MoveTimed
        | Action::CancelTimed
        | Action::SendTimedNow => Capability::Timed,
        Action::Stats => Capability::Stats,
        Action::Audit => Capability::Audit,
        _ => return None,
    })
}
