//! A text to many: asked for, counted, looked at, begun.

use super::{prompt, screens};
use crate::action::Action;
use crate::effect::Effect;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::broadcasts::BroadcastList;
use crate::model::bulk::{Draft, Outcome, Preparation, Says, Told, Whom};
use crate::model::overlay::{Level, Overlay};
use crate::model::prompt::PromptKind;
use crate::model::sheet::Subject;

/// Does what an action means for a text to many; whether it did.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    if action == Action::Bulk {
        effects.push(Effect::LoadDirectory);
        effects.push(Effect::LoadTemplates);
        prompt::open(model, PromptKind::BulkWhom);
        return true;
    }
    let Some(Overlay::Bulk(held)) = model.overlays.last_mut() else {
        return false;
    };
    match action {
        Action::StartBroadcast => begin(model, effects),
        Action::RecountBroadcast => {
            let ask = held.count();
            effects.extend(ask.map(|ask| Effect::Bulk(Box::new(ask))));
        }
        Action::Stay => leave(model),
        _ => return false,
    }
    true
}

/// Counts what was written, and shows it.
pub(super) fn prepare(model: &mut Model, whom: Whom, says: Says, effects: &mut Vec<Effect>) {
    let draft = Draft { whom, says };
    let before = model.unsure.id(&draft);
    let (held, ask) = Preparation::new(draft, before);
    model.overlays.push(Overlay::Bulk(Box::new(held)));
    effects.push(Effect::Bulk(Box::new(ask)));
}

fn begin(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Overlay::Bulk(held)) = model.overlays.last_mut() else {
        return;
    };
    if let Some(ask) = held.begin() {
        effects.push(Effect::Bulk(Box::new(ask)));
        return;
    }
    let says = match held.plan() {
        _ if held.waits() => "The relay is being asked",
        Some(_) => "Nobody can be texted",
        None => "Nothing is counted yet",
    };
    screens::notice(model, Level::Info, says);
}

/// Goes back to the words, where they were written on a sheet.
fn leave(model: &mut Model) {
    let Some(Overlay::Bulk(held)) = model.overlays.pop() else {
        return;
    };
    if held.is_unsure() {
        let key = model.keymap.teach(Context::List, Action::Broadcasts);
        let says = format!("It may have begun: {key} shows whether it did");
        screens::notice(model, Level::Problem, &says);
    }
}

/// Takes what the relay says.
pub(super) fn heard(model: &mut Model, told: Told, effects: &mut Vec<Effect>) {
    model.unsure.note(&told);
    let name = told.draft.name();
    let waits = |overlay: &Overlay| match overlay {
        Overlay::Bulk(held) => held.waits() && held.draft == told.draft,
        _ => false,
    };
    let at = model.overlays.iter().rposition(waits);
    if told.outcome == Outcome::Begun {
        let shown = at.map(|at| model.overlays.remove(at)).is_some();
        drop_sheet(model, &told.draft);
        if shown {
            let list = Box::new(BroadcastList::default());
            model.overlays.push(Overlay::Broadcasts(list));
            effects.push(Effect::LoadBroadcasts);
        }
        return screens::notice(model, Level::Info, &format!("It goes out: {name}"));
    }
    match at.map(|at| &mut model.overlays[at]) {
        Some(Overlay::Bulk(held)) => {
            let ask = held.hear(told);
            effects.extend(ask.map(|ask| Effect::Bulk(Box::new(ask))));
        }
        // It was left meanwhile.
        _ => match told.outcome {
            Outcome::Unsure(why) => {
                let says = format!("{name} may have begun: {why}");
                screens::notice(model, Level::Problem, &says);
            }
            Outcome::Changed => {
                let says = format!("{name} did not begin: it was changed meanwhile");
                screens::notice(model, Level::Problem, &says);
            }
            Outcome::Refused(why) => {
                let says = format!("{name} did not begin: {why}");
                screens::notice(model, Level::Problem, &says);
            }
            Outcome::Counted(_) | Outcome::Begun => {}
        },
    }
}

/// The sheet that it was written on is done with.
fn drop_sheet(model: &mut Model, draft: &Draft) {
    model.overlays.retain(|overlay| match overlay {
        Overlay::Sheet(sheet) => match (&sheet.subject, &draft.says) {
            (Subject::Broadcast { whom }, Says::Words(words)) => {
                *whom != draft.whom || sheet.words() != words
            }
            _ => true,
        },
        _ => true,
    });
}
