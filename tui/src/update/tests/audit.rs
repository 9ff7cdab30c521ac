//! Who did what: for admins, page by page.

use crate::effect::Effect;
use crate::event::{CacheEvent, Event};
use crate::model::audit::Question;
use crate::model::connection::Connection;
use crate::model::overlay::Overlay;
use crate::testkit::{Rig, desk};
use smsdesk_common::agent::Role;
use smsdesk_common::api::audit::AuditPage;
use smsdesk_common::audit::AuditRow;
use smsdesk_common::ids::Seq;

fn as_role(role: Role) -> Rig {
    let mut rig = Rig::new(100, 30, desk());
    if let Some(me) = &mut rig.model.setup.me {
        me.role = role;
    }
    rig.model.connection = Connection::Live;
    rig.effects.clear();
    rig
}

fn asked(rig: &Rig) -> Vec<Question> {
    let questions = rig.effects.iter().filter_map(|effect| match effect {
        Effect::AskAudit(question) => Some(*question),
        _ => None,
    });
    questions.collect()
}

fn answer(rig: &mut Rig, question: Question, from: u64, before: Option<u64>) {
    let row = |n| AuditRow {
        n: Seq(n),
        at: rig.now,
        actor: "operator".to_owned(),
        name: None,
        deed: "invited".to_owned(),
        subject: Some("x".to_owned()),
        detail: format!("{{\"name\":\"Bo \\u001b[31m{n}\",\"role\":\"agent\"}}"),
        hash: String::new(),
    };
    let page = AuditPage {
        rows: (0..100).map(|n| row(from - n)).collect(),
        before: before.map(Seq),
    };
    let answer = Ok(Box::new(page));
    rig.tell(Event::Cache(CacheEvent::Audit { question, answer }));
}

#[test]
fn an_admin_goes_through_it_and_older_rows_are_fetched_in_time() {
    let mut rig = as_role(Role::Admin);
    rig.press("g A");
    assert_eq!(asked(&rig), [Question::default()]);
    answer(&mut rig, Question::default(), 300, Some(201));
    let screen = rig.screen();
    assert!(screen.contains("operator invited Bo"), "{screen}");
    assert!(screen.contains("(role agent)") && !screen.contains('\u{1b}'));
    rig.press("ctrl-d ctrl-d ctrl-d ctrl-d");
    assert_eq!(asked(&rig).len(), 1, "far from the end");
    rig.press("ctrl-d");
    let next = Question {
        before: Some(Seq(201)),
    };
    assert_eq!(asked(&rig), [Question::default(), next]);
    rig.press("q");
    assert!(!matches!(
        rig.model.overlays.last(),
        Some(Overlay::Audit(_))
    ));
    answer(&mut rig, next, 200, None);
    assert_eq!(asked(&rig).len(), 2, "nobody looks any more");
}

#[test]
fn nobody_else_asks_for_it_and_is_told_why() {
    let mut rig = as_role(Role::Agent);
    rig.press("g A");
    assert_eq!(asked(&rig), []);
    let screen = rig.screen();
    assert!(
        screen.contains("only an admin sees who did what"),
        "{screen}"
    );
}
