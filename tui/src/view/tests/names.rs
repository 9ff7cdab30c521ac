//! Names and labels of any kind and length, beside everything else that a row and a head hold.

use crate::event::{Event, Heard, LinkEvent};
use crate::testkit::{Disk, Rig, Text, agent_ana, agent_bo, conversation_id, row};
use smsdesk_common::ids::AgentId;
use smsdesk_common::status::DeliveryStatus::Delivered;
use smsdesk_common::stream::PresenceState;
use uuid::Uuid;

const SIZES: [(u16, u16); 4] = [(60, 15), (80, 24), (140, 40), (200, 60)];

const NAMES: [&str; 7] = [
    "Maximiliane-Alexandra Gräfin von und zu Hohenstein-Wittelsbach, Hausverwaltung Süd",
    "👩‍👩‍👧‍👦 Família 🇧🇷 Ferreira 👍🏽",
    "株式会社日本総合設備管理サービス東京支店",
    "مكتب الصيانة السريعة",
    "นฤมล ศรีสุวรรณ",
    "O'Brien\t\u{202e}gpj.exe",
    "I",
];

/// Everything that can stand in a row at once, for every name.
fn desk() -> Disk {
    let mut disk = Disk::default();
    disk.directory.agents = vec![agent_ana(), agent_bo()];
    (1..).zip(NAMES).fold(disk, |disk, (n, name)| {
        let mut row = row(n, name);
        row.conversation.flagged = n % 2 == 1;
        row.conversation.flag_reason = (n == 1).then(|| format!("asked by {}", NAMES[1]));
        row.conversation.assignee = Some(agent_bo().id);
        row.conversation.labels = vec!["a label of some length".to_owned(), "水道".to_owned()];
        row.owner = Some("BO".to_owned());
        row.has_draft = n % 3 == 1;
        let talk = vec![
            Text::from_them(&format!("{name}: is the plumber still coming? 🙏"), 90),
            Text::from_us("👨🏿‍🔧 is on his way ✅", 80, Delivered).by(NAMES[0]),
            Text::from_them(&format!("gate code 4️⃣4️⃣7️⃣1️⃣ {name}"), i64::from(60 - n)),
        ];
        disk.with(row, 1, talk)
    })
}

fn check(name: &str, keys: &str) {
    for (width, height) in SIZES {
        let mut rig = Rig::new(width, height, desk());
        for (id, agent, state) in [
            (2, "Bo", PresenceState::Typing),
            (7, NAMES[2], PresenceState::Viewing),
        ] {
            rig.tell(Event::Link(LinkEvent::Presence(Heard {
                agent: AgentId(Uuid::from_u128(id)),
                name: agent.to_owned(),
                conversation: conversation_id(1),
                state,
                for_ms: 0,
            })));
        }
        rig.press(keys);
        let screen = rig.screen();
        assert_eq!(screen.lines().count(), usize::from(height));
        insta::assert_snapshot!(format!("{name}-{width}x{height}"), screen);
    }
}

#[test]
fn names_of_every_script_and_length_leave_room_for_the_rest() {
    check("names", "j k");
    check("names-open", "enter");
}
