use super::*;
use crate::desk::rules;
use smsdesk_common::api::rules::{PutRules, Rules, TestRules};
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::entry::{Author, Cause, Direction, EntryKind};
use smsdesk_common::record::Record;
use smsdesk_common::rule::{Rule, SEEDS, text_of};

const HELP: &str = "[[rule]]\nname = \"help\"\nany = [\"help\"]\nreply = \"We are here.\"\n";

impl World {
    async fn put(&self, text: &str) -> Result<Rules, DeskError> {
        self.put_as(text, None, None).await
    }

    async fn put_as(
        &self,
        text: &str,
        id: Option<u128>,
        if_seq: Option<Seq>,
    ) -> Result<Rules, DeskError> {
        let ana = self.ana.clone();
        let put = PutRules {
            id: id.map(|id| RequestId(Uuid::from_u128(id))),
            text: text.to_owned(),
            if_seq,
        };
        self.store
            .write(move |tx| rules::put(tx, Some(&ana), &put))
            .await
    }

    /// What went out by itself, the oldest first.
    async fn replies(&self) -> Vec<String> {
        let conversation = self.only_conversation().await;
        let entries = self.entries(conversation.id).await;
        let replies = entries.into_iter().rev().filter(|entry| {
            let by_itself = matches!(&entry.author, Author::Automation(_));
            by_itself && entry.direction == Direction::Outbound
        });
        replies.map(|entry| entry.body).collect()
    }

    async fn said_of_itself(&self) -> Vec<String> {
        let conversation = self.only_conversation().await;
        let entries = self.entries(conversation.id).await;
        let told = entries.into_iter().rev();
        let told = told.filter(|entry| entry.entry_kind == EntryKind::Activity);
        told.map(|entry| entry.body).collect()
    }
}

fn held(rules: &Rules) -> Vec<Rule> {
    let records = rules.rules.iter().map(|record| match record {
        Record::Rule(rule) => (**rule).clone(),
        other => panic!("{other:?}"),
    });
    records.collect()
}

fn detail(error: DeskError) -> String {
    match error {
        DeskError::Refused { detail, .. } => detail,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_text_is_answered_once_and_the_customer_still_waits_for_somebody() {
    let world = world().await;
    world.put(HELP).await.unwrap();
    world.receive(inbound(1, "HELP me!")).await;
    assert_eq!(world.receive(inbound(1, "HELP me!")).await, Seen::Again);
    assert_eq!(world.replies().await, ["We are here."]);
    assert_eq!(world.waiting().await, 1);
    let conversation = world.only_conversation().await;
    assert!(conversation.waiting_since.is_some(), "nobody has answered");
    assert_eq!(conversation.status, ConversationStatus::Open);
    let rule = held(&world.store.read(rules::shown).await.unwrap()).remove(0);
    assert_eq!(rule.hits, 1);
    let entry = world.entries(conversation.id).await.remove(0);
    assert_eq!(entry.author, Author::Automation(Cause::Rule(rule.id)));
    world.receive(inbound(2, "something else")).await;
    assert_eq!(world.replies().await.len(), 1);
}

#[tokio::test]
async fn rules_flag_label_assign_and_snooze_and_the_timeline_tells_so() {
    let world = world().await;
    let text = "[[rule]]\nname = \"a\"\nany = \"bill\"\nflag = \"about money\"\nlabel = \"billing\"\n\
                assign = \"Ana\"\nsnooze = \"2h\"\n";
    world.put(text).await.unwrap();
    world.receive(inbound(1, "my bill")).await;
    let conversation = world.only_conversation().await;
    assert_eq!(conversation.flag_reason.as_deref(), Some("about money"));
    assert_eq!(conversation.labels, ["billing"]);
    assert_eq!(conversation.assignee, Some(world.ana.id));
    assert_eq!(conversation.status, ConversationStatus::Snoozed);
    let told = world.said_of_itself().await;
    assert_eq!(told.len(), 1);
    for part in [
        "snoozed it until",
        "assigned it to Ana",
        "billing",
        "flagged it: about money",
    ] {
        assert!(told[0].contains(part), "{told:?}");
    }
    assert_eq!(world.replies().await, [""; 0]);
}

#[tokio::test]
async fn somebody_who_opted_out_gets_nothing_and_no_text_says_stop_to_a_rule() {
    let world = world().await;
    world
        .put("[[rule]]\nname = \"a\"\nany = [\"help\", \"stop\"]\nreply = \"x\"\n")
        .await
        .unwrap();
    world.receive(inbound(1, "STOP")).await;
    world.receive(inbound(2, "help me please")).await;
    assert_eq!(world.replies().await, [""; 0]);
    world.receive(inbound(3, "START")).await;
    world.receive(inbound(4, "help me please")).await;
    assert_eq!(world.replies().await, ["x"]);
    world
        .receive(inbound(5, "please stop texting me, I need no help"))
        .await;
    assert_eq!(world.replies().await, ["x"], "an agent is asked instead");
}

#[tokio::test]
async fn the_fourth_reply_is_a_flag() {
    let world = world().await;
    world.put(HELP).await.unwrap();
    for n in 1..=3 {
        world.receive(inbound(n, &format!("help {n}"))).await;
    }
    assert!(!world.only_conversation().await.flagged);
    world.receive(inbound(4, "help 4")).await;
    assert_eq!(world.replies().await.len(), 3);
    let reason = world.only_conversation().await.flag_reason.unwrap();
    assert!(reason.starts_with("automatic replies stopped"), "{reason}");
}

#[tokio::test]
async fn a_loop_that_twilio_stops_flags_once_and_ends_with_an_agents_word() {
    let world = world().await;
    world.put(HELP).await.unwrap();
    world.receive(inbound(1, "help one")).await;
    let conversation = world.only_conversation().await;
    let reply = world.entries(conversation.id).await.remove(0);
    let looped = callback(77, "failed", "14107");
    world.report(looped.clone(), Some(reply.id)).await;
    let flagged = world.only_conversation().await;
    assert!(flagged.flag_reason.unwrap().contains("14107"));
    world.report(looped, Some(reply.id)).await;
    assert_eq!(world.said_of_itself().await.len(), 1);
    world.receive(inbound(2, "help two")).await;
    assert_eq!(world.replies().await.len(), 1);
    world.send(to_maria(9, "I am a person")).await.unwrap();
    world.receive(inbound(3, "help three")).await;
    assert_eq!(world.replies().await.len(), 2);
}

#[tokio::test]
async fn what_is_found_late_is_flagged_and_not_answered() {
    let world = world().await;
    world.put(HELP).await.unwrap();
    let mut message = inbound(1, "help");
    message.body = "help me".to_owned();
    message.at = Some(Timestamp::from_millis(1_000_000 - 11 * 60_000));
    let job = move |tx: &mut dyn crate::store::sql::Tx| {
        receive::receive(tx, &message, b"raw", Origin::Backfill)
    };
    world.store.write(job).await.unwrap();
    assert_eq!(world.replies().await, [""; 0]);
    let reason = world.only_conversation().await.flag_reason.unwrap();
    assert!(reason.starts_with("came late"), "{reason}");
}

#[tokio::test]
async fn a_reply_that_lacks_a_value_or_its_template_is_a_flag_and_no_text() {
    let world = world().await;
    world
        .put("[[rule]]\nname = \"hi\"\nany = \"hi\"\nreply = \"Hi {{ contact.first_name }}\"\n")
        .await
        .unwrap();
    world.receive(inbound(1, "hi")).await;
    let conversation: Conversation = world.only_conversation().await;
    assert_eq!(
        conversation.flag_reason.as_deref(),
        Some("rule hi: no reply, contact.first_name is not known")
    );
    assert_eq!(world.replies().await, [""; 0]);
}

#[tokio::test]
async fn an_edit_keeps_the_rules_that_stay_and_their_hits() {
    let world = world().await;
    let before = world.put(HELP).await.unwrap();
    world.receive(inbound(1, "help me")).await;
    let other = "[[rule]]\nname = \"other\"\nany = \"x\"\nstop = true\n";
    let text = format!("{other}# mine\n{}", HELP.replace("We are", "I am"));
    let after = world.put(&text).await.unwrap();
    let rules = held(&after);
    assert_eq!(text_of(&rules), text);
    assert_eq!(after.text, text);
    assert_eq!(rules[1].id, held(&before)[0].id);
    assert_eq!((rules[0].hits, rules[1].hits), (0, 1));
    assert!(rules.iter().all(|rule| rule.edited_seq == after.seq));
    assert!(after.seq > before.seq);
    let none = world.put("# none\n").await.unwrap();
    assert_eq!((none.rules.len(), none.text.as_str()), (0, "# none\n"));
    let editions = world
        .store
        .read(|reads| crate::store::rules::editions(reads, 9));
    assert_eq!(editions.await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_request_that_comes_again_does_nothing_and_an_older_editor_is_told() {
    let world = world().await;
    let first = world.put_as(HELP, Some(5), None).await.unwrap();
    let head = world.store.hub().head();
    assert_eq!(world.put_as(HELP, Some(5), None).await.unwrap(), first);
    assert_eq!(world.put_as(HELP, Some(6), None).await.unwrap(), first);
    assert_eq!(world.store.hub().head(), head, "the same text is no edit");
    let error = world.put_as("", Some(5), None).await.unwrap_err();
    assert!(detail(error).contains("was used for something else"));
    world.receive(inbound(1, "help me")).await;
    let second = world.put_as(SEEDS, Some(7), Some(first.seq)).await.unwrap();
    assert_eq!(second.rules.len(), 4, "a hit is no edit");
    let error = world
        .put_as(HELP, Some(8), Some(first.seq))
        .await
        .unwrap_err();
    assert!(detail(error).starts_with("`if_seq`: the rules were edited at"));
}

#[tokio::test]
async fn rules_that_cannot_be_read_or_name_what_is_not_there_change_nothing() {
    let world = world().await;
    world.put(HELP).await.unwrap();
    for (text, expected) in [
        (
            "[[rule]]\nnam = 1\n",
            "line 2, column 1: `nam`: is not known",
        ),
        (
            "\n[[rule]]\nname = \"a\"\nany = \"a\"\nreply = { template = \"nope\" }\n",
            "line 2: `reply.template`: no template of the team is called \"nope\"",
        ),
        (
            "[[rule]]\nname = \"a\"\nany = \"a\"\nassign = \"Nobody\"\n",
            "line 1: `assign`: nobody here is called \"Nobody\"",
        ),
    ] {
        let error = detail(world.put(text).await.unwrap_err());
        assert!(error.starts_with(expected), "{error}");
    }
    assert_eq!(world.store.read(rules::shown).await.unwrap().text, HELP);
}

#[tokio::test]
async fn a_replay_counts_what_would_be_answered_and_stores_nothing() {
    let world = world().await;
    for n in 1..=12 {
        let words = if n % 2 == 0 { "send it" } else { "thanks" };
        world.receive(inbound(n, words)).await;
    }
    let head = world.store.hub().head();
    let text = "[[rule]]\nname = \"send\"\nany = \"send\"\nreply = \"x\"\n\
                [[rule]]\nname = \"thanks\"\nany = \"thanks\"\nlabel = \"y\"\n";
    let from = Timestamp::from_millis(0);
    let look = move |reads: &mut dyn crate::store::sql::Reads| {
        rules::replay(reads, from, Some(text), (2, 20))
    };
    let replay = world.store.read(look).await.unwrap();
    assert_eq!((replay.texts, replay.answered), (12, 6));
    assert_eq!(replay.latest.len(), 2);
    assert!(replay.latest[0].at > replay.latest[1].at);
    let counts = replay
        .rules
        .iter()
        .map(|it| (it.meant, it.answered, it.swallows));
    assert_eq!(counts.collect::<Vec<_>>(), [(6, 6, true), (6, 0, false)]);
    let asked = TestRules {
        body: "Send!".to_owned(),
        text: Some(text.to_owned()),
        ..TestRules::default()
    };
    let now = Timestamp::from_millis(2_000_000);
    let tested = world
        .store
        .read(move |reads| rules::test(reads, now, &asked))
        .await
        .unwrap();
    assert_eq!(tested.answered_by.as_deref(), Some("send"));
    assert_eq!(world.store.hub().head(), head);
    assert_eq!(world.replies().await, [""; 0]);
}
