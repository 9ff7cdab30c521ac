//! Who did what: asking the relay, and going through it.

use super::screens;
use crate::action::Action;
use crate::effect::Effect;
use crate::model::Model;
use crate::model::audit::{AuditLog, Question, withheld};
use crate::model::overlay::{Level, Overlay};
use smsdesk_common::api::audit::AuditPage;

/// Rows that a larger step takes.
const STEP_ROWS: isize = 10;

/// Does what an action means for the audit; whether it did.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    if action == Action::Audit {
        begin(model, effects);
        return true;
    }
    let Some(Overlay::Audit(log)) = model.overlays.last_mut() else {
        return false;
    };
    let rows = match action {
        Action::ChooseNext => 1,
        Action::ChoosePrevious => -1,
        Action::HalfPageDown => STEP_ROWS,
        Action::HalfPageUp => -STEP_ROWS,
        _ => return false,
    };
    effects.extend(log.go(rows).map(Effect::AskAudit));
    true
}

fn begin(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(why) = withheld(model.setup.me.as_ref(), &model.connection) {
        screens::notice(model, Level::Problem, &why);
        return;
    }
    let mut log = AuditLog::default();
    effects.push(Effect::AskAudit(log.again()));
    if matches!(model.overlays.last(), Some(Overlay::Audit(_))) {
        model.overlays.pop();
    }
    model.overlays.push(Overlay::Audit(Box::new(log)));
}

/// Takes what the relay said, where somebody waits for it still.
pub(super) fn heard(
    model: &mut Model,
    question: Question,
    answer: Result<Box<AuditPage>, String>,
    effects: &mut Vec<Effect>,
) {
    let shown = model.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::Audit(log) => Some(log),
        _ => None,
    });
    if let Some(log) = shown {
        let went_well = answer.is_ok();
        log.accept(question, answer);
        if went_well {
            // A short page may leave less than is looked ahead.
            effects.extend(log.go(0).map(Effect::AskAudit));
        }
    }
}
