//! The desk of the design: four customers on a Friday afternoon.

use super::build::{Text, agent_ana, agent_bo, row};
use super::disk::Disk;
use smsdesk_common::agent::Agent;
use smsdesk_common::entry::EntryKind;
use smsdesk_common::ids::AgentId;
use smsdesk_common::phone::Address;
use smsdesk_common::status::DeliveryStatus::{Delivered, Sent, Undelivered};
use uuid::Uuid;

/// Four conversations, three of which wait.
pub(crate) fn desk() -> Disk {
    let mut maria = row(1, "Maria Alvarez");
    maria.conversation.flagged = true;
    maria.conversation.labels = vec!["plumbing".to_owned()];
    maria.conversation.assignee = Some(agent_ana().id);
    maria.owner = Some("AN".to_owned());
    let stop = row(2, "");
    let mut abroad = row(3, "");
    abroad.conversation.address = Address::try_from("+447488879172".to_owned()).expect("a number");
    abroad.conversation.assignee = Some(agent_bo().id);
    abroad.owner = Some("BO".to_owned());
    let mut chen = row(4, "Chen Wei");
    chen.conversation.assignee = Some(agent_ana().id);
    chen.owner = Some("AN".to_owned());
    let gone = Agent {
        name: "Cy".to_owned(),
        active: false,
        id: AgentId(Uuid::from_u128(3)),
        ..agent_ana()
    };
    let mut disk = Disk::default();
    disk.directory.agents = vec![agent_ana(), agent_bo(), gone];
    disk.directory.labels = vec!["plumbing".to_owned(), "urgent".to_owned()];
    disk.with(maria, 3, vec![
            Text::from_them("Hello, my kitchen sink is leaking since this morning and the bucket fills every twenty minutes. Can somebody come today?", 1_500),
            Text::from_us("Good morning Maria! Yes, our plumber can be with you tomorrow between 13:00 and 14:00. Is that ok?", 1_490, Delivered),
            Text::from_them("Yes perfect, thank you 🙏", 1_480),
            Text::internal(EntryKind::Activity, "assigned it to Ana", 120),
            Text::internal(EntryKind::Note, "She has a dog, ring twice.", 118).by_bo(),
            Text::from_us("Yes! He is 15 minutes away, I just called him.", 60, Delivered),
            Text::from_them("is the plumber still coming?", 42),
            Text::from_them("ok. also the gate code changed, it is 4471", 2),
        ])
        .with(stop, 0, vec![Text::from_them("STOP sending me these", 18)])
        .with(abroad, 0, vec![
            Text::from_us("Please send us the lease so that we can check it.", 300, Sent).by_bo(),
            Text::from_them("Documents attached", 6).media(&["image/jpeg", "application/pdf"]),
        ])
        .with(chen, 1, vec![
            Text::from_them("謝謝你的幫忙，明天見！", 3_000),
            Text::from_us("See you tomorrow at nine", 2_990, Undelivered).error(30006),
            Text::from_us("thanks so much 🙏", 2_900, Delivered),
        ])
}
