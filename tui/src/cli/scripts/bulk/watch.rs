//! How a broadcast goes, as a bar for whoever looks.

use super::{Desk, ScriptError, broadcast};
use crate::model::broadcasts::{bar, fared};
use smsdesk_common::api::broadcasts::BroadcastPage;
use smsdesk_common::broadcast::{Broadcast, BroadcastState};
use smsdesk_common::ids::BroadcastId;
use smsdesk_common::safe_text::SafeText;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

/// How often it is looked at, in milliseconds: totals are a second old.
const LOOK_MS: u64 = 1_000;
/// How wide the bar is, in cells.
const BAR_CELLS: u16 = 30;

/// Looks until nothing more is done about it, or somebody paused it.
pub(super) async fn until_ended(desk: &Desk, id: BroadcastId) -> Result<Broadcast, ScriptError> {
    let shown = std::io::stderr().is_terminal();
    loop {
        let path = format!("/v1/broadcasts/{id}?limit=1");
        let page: BroadcastPage = desk.api.get(&path).await?;
        let held = broadcast(page.broadcast)?;
        let ended = held.state != BroadcastState::Running;
        if shown {
            tell(&held, ended);
        }
        if ended {
            return Ok(held);
        }
        tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
    }
}

fn tell(held: &Broadcast, ended: bool) {
    let (done, all) = (held.totals.done(), held.totals.all());
    let words = format!(
        "{} {done}/{all}  {}",
        bar(held.percent(), BAR_CELLS),
        fared(&held.totals)
    );
    let words = SafeText::line(&words);
    let end = if ended { "\n" } else { "" };
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "\r\x1b[K{}{end}", words.as_str()).and_then(|()| err.flush());
}
