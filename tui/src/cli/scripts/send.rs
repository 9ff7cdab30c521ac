//! `send`: one text.

use super::{Desk, Quiet, ScriptError, template, timed};
use crate::clock;
use clap::Args;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::ids::EntryId;
use smsdesk_common::media::Media;
use smsdesk_common::record::Record;
use smsdesk_common::safe_text::SafeText;
use std::io::Read as _;

/// The most bytes of a text on stdin: more than any text may have.
const STDIN_BYTES_MAX: u64 = 64 * 1024;

#[derive(Debug, Args)]
pub(in crate::cli) struct SendArguments {
    /// A number in any usual writing, or a conversation's whole id.
    to: String,
    /// The words; `-` reads them from stdin.
    #[arg(required_unless_present_any = ["template", "media"], conflicts_with = "template")]
    text: Option<String>,
    /// A template in place of words: its name, short name, key or id.
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    #[command(flatten)]
    values: template::Values,
    /// Which line of ours; needed only for a new conversation where there are several.
    #[arg(long)]
    line: Option<String>,
    /// The text's id, a UUID: the same id again sends nothing again.
    #[arg(long)]
    id: Option<uuid::Uuid>,
    /// When it is to go out: 18:00, "tomorrow 9", "mon 8:30", "9:00 theirs", "in 2h", or RFC 3339; without it at once.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Cancel it if they write before that time.
    #[arg(long, requires = "at")]
    cancel_on_reply: bool,
    /// What goes with it: an address (https://…) where Twilio fetches the file. May be given several times.
    #[arg(long, value_name = "URL")]
    media: Vec<String>,
    /// Send it even where the relay asks first: in quiet hours, to a landline.
    #[arg(long)]
    confirm: bool,
    #[command(flatten)]
    quiet: Quiet,
}

/// Sends it and prints its id.
pub(super) async fn run(desk: &mut Desk, arguments: SendArguments) -> Result<(), ScriptError> {
    let conversation = arguments.to.parse().ok();
    let at = match &arguments.at {
        Some(at) => {
            let to = conversation.is_none().then_some(arguments.to.as_str());
            let asked = timed::Asked { to, conversation };
            Some(timed::time_for(desk, at, asked).await?)
        }
        None => None,
    };
    let (send_at, zone) = at.map_or((None, None), |(at, zone)| (Some(at), zone));
    let (body, template) = match (arguments.text, &arguments.template) {
        (_, Some(name)) => {
            let filled = template::filled(desk, name, arguments.values, conversation).await?;
            (filled.0, Some(filled.1))
        }
        (text, None) => (words(text.unwrap_or_default())?, None),
    };
    for media in &arguments.media {
        attachable(media)?;
    }
    let message = SendMessage {
        id: Some(EntryId(arguments.id.unwrap_or_else(clock::new_id))),
        to: conversation.is_none().then_some(arguments.to),
        conversation,
        body,
        template,
        line: arguments.line,
        media: arguments.media,
        send_at,
        zone,
        cancel_on_reply: arguments.cancel_on_reply,
        confirm: arguments.confirm,
        ..SendMessage::default()
    };
    let sent: Record = desk.api.post("/v1/messages", &message).await?;
    let id = sent.id();
    desk.output.record(&sent, arguments.quiet, &[&id])
}

/// Whether the provider could fetch it: it cannot fetch files of this machine.
fn attachable(media: &str) -> Result<(), ScriptError> {
    match Media::to_send(0, media.to_owned()) {
        Some(_) => Ok(()),
        None => Err(ScriptError::Usage(format!(
            "--media {}: expected an address that begins with https://, where Twilio fetches the file; \
             a file of this machine has to be put on a web server first",
            SafeText::line(media)
        ))),
    }
}

/// What was given, or what stands on stdin where that is `-`.
pub(super) fn words(given: String) -> Result<String, ScriptError> {
    if given != "-" {
        return Ok(given);
    }
    let mut text = String::new();
    let mut stdin = std::io::stdin().lock().take(STDIN_BYTES_MAX + 1);
    let read = stdin
        .read_to_string(&mut text)
        .map_err(|error| ScriptError::Failed(format!("stdin: {error}")))?;
    if read as u64 > STDIN_BYTES_MAX {
        let most = format!("stdin: expected at most {STDIN_BYTES_MAX} bytes");
        return Err(ScriptError::Usage(most));
    }
    // The line break that ends a file is not meant to be sent.
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
