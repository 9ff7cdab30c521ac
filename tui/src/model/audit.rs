//! Who did what, as the relay tells it page by page, the newest first.

use crate::model::connection::Connection;
use serde::{Deserialize, Serialize};
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::api::audit::AuditPage;
use smsdesk_common::audit::AuditRow;
use smsdesk_common::ids::Seq;

/// Rows of a page.
const PAGE_ROWS: usize = 100;
/// The most rows that are kept: who looks further back uses `smsdesk-relay audit show`.
const ROWS_MAX: usize = 5_000;
/// So many rows before the last one the next page is asked for.
const AHEAD_ROWS: usize = 50;

/// What the relay is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Rows before this number; none for the newest.
    pub before: Option<Seq>,
}

impl Question {
    /// Where the answer is.
    pub fn path(self) -> String {
        let before = self
            .before
            .map_or_else(String::new, |n| format!("&before={n}"));
        format!("/v1/audit?limit={PAGE_ROWS}{before}")
    }
}

/// What is known of the audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditLog {
    rows: Vec<AuditRow>,
    /// Where the next page goes on; none at the end.
    next: Option<Seq>,
    /// What was asked and not answered yet.
    asked: Option<Question>,
    /// Why the last question has no answer.
    problem: Option<String>,
    /// How many rows are scrolled away.
    scroll: usize,
}

impl AuditLog {
    /// The newest first.
    pub fn rows(&self) -> &[AuditRow] {
        &self.rows
    }

    /// How many rows are scrolled away.
    pub const fn scroll(&self) -> usize {
        self.scroll
    }

    /// What is to be said where rows are missing: why there are none, or that they are asked for.
    pub fn says(&self) -> Option<&str> {
        match (&self.problem, self.asked) {
            (Some(problem), _) => Some(problem),
            (None, Some(_)) => Some("asking the relay…"),
            (None, None) => None,
        }
    }

    /// Begins anew with the newest.
    pub fn again(&mut self) -> Question {
        *self = Self {
            asked: Some(Question::default()),
            ..Self::default()
        };
        Question::default()
    }

    /// Goes so many rows on, or back; what is to be asked for that.
    pub fn go(&mut self, rows: isize) -> Option<Question> {
        let last = self.rows.len().saturating_sub(1);
        self.scroll = self.scroll.saturating_add_signed(rows).min(last);
        let near = self.scroll + AHEAD_ROWS >= self.rows.len();
        let before = self.next.filter(|_| near && self.rows.len() < ROWS_MAX);
        if before.is_none() || self.asked.is_some() {
            return None;
        }
        self.asked = Some(Question { before });
        self.asked
    }

    /// Takes what the relay said; what nobody waits for any more is passed over.
    pub fn accept(&mut self, question: Question, answer: Result<Box<AuditPage>, String>) {
        if self.asked != Some(question) {
            return;
        }
        self.asked = None;
        match answer {
            Ok(page) => {
                self.problem = None;
                self.rows.extend(page.rows);
                self.next = page.before;
            }
            Err(why) => self.problem = Some(why),
        }
    }
}

/// Why somebody does not see the audit, in words; none where they do.
pub fn withheld(me: Option<&Agent>, connection: &Connection) -> Option<String> {
    match me.map(|me| me.role) {
        Some(Role::Admin) | None if *connection == Connection::Live => None,
        Some(Role::Admin) | None => {
            Some("the audit is at the relay, which is not reached".to_owned())
        }
        Some(role) => Some(format!(
            "only an admin sees who did what; your role is {}",
            role.as_str()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smsdesk_common::time::Timestamp;

    fn page(from: u64, rows: u64, before: Option<u64>) -> Box<AuditPage> {
        let row = |n| AuditRow {
            n: Seq(n),
            at: Timestamp::from_millis(0),
            actor: "operator".to_owned(),
            name: None,
            deed: "invited".to_owned(),
            subject: None,
            detail: "{}".to_owned(),
            hash: String::new(),
        };
        Box::new(AuditPage {
            rows: (0..rows).map(|n| row(from - n)).collect(),
            before: before.map(Seq),
        })
    }

    #[test]
    fn pages_are_asked_for_one_by_one_before_the_last_row_is_reached() {
        let mut log = AuditLog::default();
        let first = log.again();
        assert_eq!(first.path(), "/v1/audit?limit=100");
        assert_eq!(log.go(1), None, "the first one is under way");
        log.accept(first, Ok(page(200, 100, Some(101))));
        assert_eq!(log.go(10), None, "far from the end");
        let second = log.go(40).unwrap();
        assert_eq!(second.path(), "/v1/audit?limit=100&before=101");
        assert_eq!(log.go(1), None, "it is under way");
        log.accept(first, Ok(page(200, 100, None)));
        assert_eq!(log.rows().len(), 100, "an old answer is passed over");
        log.accept(second, Ok(page(100, 100, None)));
        assert_eq!((log.rows().len(), log.go(1_000)), (200, None));
        assert_eq!(log.scroll(), 199);
        log.go(-1_000);
        assert_eq!(log.scroll(), 0);
    }

    #[test]
    fn a_problem_is_said_and_what_was_there_stays() {
        let mut log = AuditLog::default();
        let first = log.again();
        assert_eq!(log.says(), Some("asking the relay…"));
        log.accept(first, Ok(page(9, 9, Some(1))));
        let second = log.go(0).unwrap();
        log.accept(second, Err("cannot reach the relay".to_owned()));
        assert_eq!(
            (log.says(), log.rows().len()),
            (Some("cannot reach the relay"), 9)
        );
        assert_eq!(log.go(0), Some(second), "it is asked again");
    }
}
