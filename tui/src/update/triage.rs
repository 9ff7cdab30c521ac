//! Triage: what a key does to the conversation that is selected.

use super::{chat, list, marks, screens};
use crate::action::Action;
use crate::effect::Effect;
use crate::model::batch::{self, Deed, Outcome, Target, Then, Wish};
use crate::model::overlay::Level;
use crate::model::roster::Step;
use crate::model::transcript::clock_time;
use crate::model::triage::{About, Act, Did, refusal};
use crate::model::undo::Why;
use crate::model::when;
use crate::model::{Focus, Model};
use smsdesk_common::api::Problem;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::capability::Capability;
use smsdesk_common::entry::{Author, EntryKind};
use smsdesk_common::ids::{ConversationId, Seq};
use smsdesk_common::phone::Address;

/// Does something to what is selected, and the cursor stays, whatever view it belongs to then.
pub(super) fn act(model: &mut Model, act: Act, effects: &mut Vec<Effect>) {
    let (wishes, then) = (vec![Wish::Act(act)], Then::Stay);
    carry_out(model, Deed { wishes, then }, effects);
}

/// Marks what is selected as done and goes on to the next one, or back to the list where there is
/// none.
pub(super) fn done_and_next(model: &mut Model, effects: &mut Vec<Effect>) {
    let (wishes, then) = (vec![Wish::Act(Act::Done)], Then::Next);
    carry_out(model, Deed { wishes, then }, effects);
}

/// Does once more what was done last.
pub(super) fn repeat(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.last_deed.clone() {
        Some(deed) => carry_out(model, deed, effects),
        None => screens::notice(
            model,
            Level::Info,
            "Nothing was done yet that could be repeated",
        ),
    }
}

/// Does something to what is selected, as one step; nothing is selected any more then.
pub(super) fn carry_out(model: &mut Model, deed: Deed, effects: &mut Vec<Effect>) {
    // Keys can be faster than the chat follows the cursor.
    list::follow(model, effects);
    let targets = marks::targets(model);
    if targets.is_empty() {
        screens::nobody(model);
        return;
    }
    match meant(model, &deed.wishes) {
        Ok(acts) => match acts.iter().find_map(|act| lacks(model, act)) {
            Some(why) => {
                let says = format!("Nothing was done: {why}");
                screens::notice(model, Level::Problem, &says);
            }
            None => carry_out_on(model, targets, acts, deed, effects),
        },
        Err(problem) => screens::notice(model, Level::Problem, &problem),
    }
}

/// Why the relay cannot do it; a macro asks for several things at once.
fn lacks(model: &Model, act: &Act) -> Option<String> {
    model.relay.lacks(match act {
        Act::Snooze(_) => Capability::Snooze,
        Act::FlagBecause(_) => Capability::FlagReasons,
        _ => Capability::Triage,
    })
}

/// What wishes come to now.
fn meant(model: &Model, wishes: &[Wish]) -> Result<Vec<Act>, String> {
    let act = |wish: &Wish| match wish {
        Wish::Act(act) => Ok(act.clone()),
        Wish::SnoozeUntil(text) => when::read(text, model.now, &model.setup.zone)
            .map(|at| Act::Snooze(Some(at)))
            .ok_or_else(|| format!("Nothing was done: {text} is no time ahead")),
        Wish::AssignTo(name) => {
            let mut active = model.directory.active();
            let named = active.find(|agent| agent.name.to_lowercase() == name.to_lowercase());
            named
                .map(|agent| Act::Assign(Some(agent.id)))
                .ok_or_else(|| format!("Nothing was done: nobody of the name {name} works here"))
        }
    };
    wishes.iter().map(act).collect()
}

/// Puts them away, which may not be selected any more, and goes on from there where they are.
/// `wish` is what a repeat wants.
pub(super) fn put_away(
    model: &mut Model,
    targets: &[Target],
    (act, wish): (Act, Wish),
    effects: &mut Vec<Effect>,
) {
    let targets = seen_by_now(model, targets);
    let (wishes, then) = (vec![wish], Then::Next);
    carry_out_on(model, targets, vec![act], Deed { wishes, then }, effects);
}

/// Does something to them, which may not be selected any more; the cursor stays.
pub(super) fn act_on(model: &mut Model, targets: &[Target], act: Act, effects: &mut Vec<Effect>) {
    let targets = seen_by_now(model, targets);
    let (wishes, then) = (vec![Wish::Act(act.clone())], Then::Stay);
    carry_out_on(model, targets, vec![act], Deed { wishes, then }, effects);
}

/// With what came onto the screen since they were selected.
fn seen_by_now(model: &Model, targets: &[Target]) -> Vec<Target> {
    let by_now = |target: &Target| Target {
        seen: target.seen.max(seen(model, target.conversation)),
        ..*target
    };
    targets.iter().map(by_now).collect()
}

fn carry_out_on(
    model: &mut Model,
    targets: Vec<Target>,
    acts: Vec<Act>,
    deed: Deed,
    effects: &mut Vec<Effect>,
) {
    model.marks.clear();
    match deed.then {
        Then::Stay => model.staying = model.roster.selected(),
        Then::Next => go_on(model, &targets),
    }
    effects.push(Effect::Triage { targets, acts });
    model.last_deed = Some(deed);
}

/// To the next conversation that nothing was done to.
fn go_on(model: &mut Model, targets: &[Target]) {
    let before = model.roster.selected();
    let is_target = |id| targets.iter().any(|target| Some(target.conversation) == id);
    for _ in targets {
        let at = model.roster.selected();
        if !is_target(at) {
            break;
        }
        model.roster.step(Step::Next);
        if model.roster.selected() == at {
            chat::back(model);
        }
    }
    // So that one key leads back to it, opened or not.
    if is_target(before) {
        model.previous = before;
    }
    model.staying = None;
}

/// The newest entry of it on the screen: the chat may know more than its row, and a row is all that
/// there is of one that was not opened.
pub(super) fn seen(model: &Model, conversation: ConversationId) -> Seq {
    let row = model.roster.row(conversation);
    let in_row = row.and_then(|row| row.conversation.last.as_ref());
    let chat = model.timeline.as_ref();
    let in_chat = chat.filter(|chat| chat.conversation() == conversation);
    let in_row = in_row.map_or(Seq::ZERO, |last| last.position);
    in_chat.map_or(in_row, |chat| chat.newest().max(in_row))
}

/// What was done is on the disk: it may be shown and said.
pub(super) fn done(model: &mut Model, outcomes: &[Outcome]) {
    let is_told = |id| outcomes.iter().any(|outcome| outcome.conversation == id);
    let shown = model.timeline.as_mut();
    if let Some(timeline) = shown.filter(|shown| is_told(shown.conversation())) {
        timeline.refresh();
    }
    model.roster.refresh();
    if let [Outcome { conversation, dids }] = outcomes
        && let [did] = dids.as_slice()
    {
        let stays = model.staying == Some(*conversation);
        let says = match did {
            Did::Done if !stays => format!("Done · {}", ways_back(model)),
            Did::Snoozed if !stays => format!("Snoozed · {}", ways_back(model)),
            _ => did.says(|action| model.key(action)),
        };
        screens::notice(model, Level::Info, &says);
    } else if let Some(what) = batch::summary(outcomes) {
        let undo = model.key(Action::Undo);
        screens::notice(model, Level::Info, &format!("{what} · {undo} undoes"));
    }
}

/// How to come back to what left the screen.
fn ways_back(model: &Model) -> String {
    let (back, undo) = (model.key(Action::LastConversation), model.key(Action::Undo));
    format!("{back} goes back to it, {undo} takes it back")
}

/// The relay refused it: the records, which are shown again, are right.
pub(super) fn refused(
    model: &mut Model,
    conversation: ConversationId,
    patch: &Patch,
    (problem, about): (&Problem, &About),
) {
    let name = whom(model, conversation, about);
    let since = since(model, about).or_else(|| told_of(model, conversation));
    let key = |action| model.key(action);
    let says = refusal(patch, problem, name.as_deref(), since.as_deref(), key);
    screens::notice(model, Level::Problem, &says);
}

/// Whom a conversation is with, where the list knows it.
pub(super) fn name(model: &Model, conversation: ConversationId) -> Option<String> {
    let row = model.roster.row(conversation)?;
    let name = row.name.clone().filter(|name| !name.trim().is_empty());
    Some(name.unwrap_or_else(|| written(model, row.conversation.address.as_str())))
}

/// Whom a refused request was about, in or out of the list.
pub(super) fn whom(model: &Model, conversation: ConversationId, about: &About) -> Option<String> {
    let told = about.name.as_deref().map(|name| written(model, name));
    told.or_else(|| name(model, conversation))
}

fn since(model: &Model, about: &About) -> Option<String> {
    match &about.since {
        Some(Why::Changed { by, did, at }) => {
            let at = clock_time(*at, &model.setup.zone);
            Some(format!("{by} {did} at {at}"))
        }
        _ => None,
    }
}

/// A name as it is, a number as the lists write it.
pub(super) fn written(model: &Model, name: &str) -> String {
    Address::parse(name, None).map_or_else(
        |_| name.to_owned(),
        |address| address.display(model.setup.home).to_string(),
    )
}

/// What a colleague did last to a conversation whose timeline is here.
fn told_of(model: &Model, conversation: ConversationId) -> Option<String> {
    let chat = model.timeline.as_ref();
    let chat = chat.filter(|chat| chat.conversation() == conversation)?;
    let me = model.setup.me.as_ref().map(|me| Author::Agent(me.id));
    let mut newest_first = chat.items().iter().rev();
    let item = newest_first.find(|item| {
        item.entry.entry_kind == EntryKind::Activity && Some(&item.entry.author) != me.as_ref()
    })?;
    let who = item.author_name.as_deref().unwrap_or("A colleague");
    let when = clock_time(item.entry.at, &model.setup.zone);
    Some(format!("{who} {} at {when}", item.entry.body))
}

/// Whether the selected conversation stays selected although the view does not hold it.
pub(super) fn stays(model: &Model) -> bool {
    model.focus != Focus::List
        || model.prompt().is_some()
        || (model.staying.is_some() && model.staying == model.roster.selected())
}
