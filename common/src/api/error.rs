//! Errors as RFC 9457 problem details, with a `code` that never changes its meaning.

use crate::meanwhile::Meanwhile;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// What went wrong, by a name that scripts may rely on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)+
            /// A code of a later version.
            #[serde(other, rename = "unknown")]
            Unknown,
        }

        impl ErrorCode {
            /// Every code of this version.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ Self::Unknown => "unknown" }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ Self::Unknown => 500 }
            }

            /// The same few words for every occurrence.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ Self::Unknown => "Unknown error" }
            }
        }
    };
}

error_codes! {
    /// The body is not JSON of the expected shape.
    BodyMalformed = "body_malformed", 400, "The body is not what this call takes";
    /// A parameter of the path or the query is not of its type.
    ParameterInvalid = "parameter_invalid", 400, "A parameter is not valid";
    /// `to` is no number that a text can be sent to.
    ToInvalid = "to_invalid", 422, "Not a number that takes texts";
    /// The number is a landline, which takes no texts as a rule; `confirm` sends all the same.
    ToLandline = "to_landline", 409, "The number is a landline";
    /// The last text to the number came back because no text reaches it; `confirm` sends all the
    /// same.
    ToUnreachable = "to_unreachable", 409, "No text reached the number before";
    /// It is night at whoever the text goes to; `confirm` sends all the same.
    QuietHours = "quiet_hours", 409, "Quiet hours";
    /// The person wants no texts from this line. Nothing overrules it: only they opt in again.
    OptedOut = "opted_out", 409, "The person has opted out";
    /// A field of a contact cannot be kept.
    ContactInvalid = "contact_invalid", 422, "Not what a contact can hold";
    /// Another contact has the address; `current` has that one.
    AddressTaken = "address_taken", 409, "Another contact has the address";
    /// A conversation needs the address of its contact.
    AddressInUse = "address_in_use", 409, "A conversation uses the address";
    /// `if_seq` names another state than the contact is in; `current` has that one.
    ContactChanged = "contact_changed", 409, "The contact was changed meanwhile";
    /// The body has no text.
    BodyEmpty = "body_empty", 422, "A text needs words";
    /// The body is longer than the provider takes.
    BodyTooLong = "body_too_long", 422, "The text is too long";
    /// An attachment is no address, or there are too many.
    MediaInvalid = "media_invalid", 422, "Not attachments that can be sent";
    /// `line` is not one of ours, or none is configured.
    LineUnknown = "line_unknown", 422, "Not one of our lines";
    /// Exactly one of two fields must be given.
    RecipientAmbiguous = "recipient_ambiguous", 422, "Give either `to` or `conversation`";
    /// A patch that names no field to change.
    PatchEmpty = "patch_empty", 422, "Nothing to change was given";
    /// A label is empty or too long, or there are too many.
    LabelInvalid = "label_invalid", 422, "Not labels that can be kept";
    /// The reason of a flag is empty or too long, or there is no flag.
    FlagReasonInvalid = "flag_reason_invalid", 422, "Not the reason of a flag";
    /// A time to come back for a conversation that is not snoozed.
    SnoozeInvalid = "snooze_invalid", 422, "Only a snoozed conversation comes back";
    /// A time that no text can go out at, or what belongs to one without it.
    SendAtInvalid = "send_at_invalid", 422, "Not a time that a text can go out at";
    /// No such agent.
    AgentUnknown = "agent_unknown", 422, "No such agent";
    /// The agent does not work here any more.
    AgentRevoked = "agent_revoked", 422, "The agent was revoked";
    /// A setting that does not exist, or cannot be so.
    SettingsInvalid = "settings_invalid", 422, "Not what can be set";
    /// A name, a body or a language of a template is not as it must be.
    TemplateInvalid = "template_invalid", 422, "Not a template that can be kept";
    /// Nobody was named, too many were, or not in exactly one way.
    RecipientsInvalid = "recipients_invalid", 422, "Not a list of recipients";
    /// Rules that cannot be read, or name what does not exist; the detail has a line for each error.
    RulesInvalid = "rules_invalid", 422, "Not rules that can be kept";
    /// A name or a value of a variable is none.
    VariableInvalid = "variable_invalid", 422, "Not a variable";
    /// A time, a place, a name or a value of a job is not as it must be.
    JobInvalid = "job_invalid", 422, "Not a job that can be kept";
    /// This version does not do that yet.
    NotSupported = "not_supported", 422, "Not supported by this relay";
    /// The id was used before, for something else.
    IdReused = "id_reused", 409, "The id was used for another request";
    /// The text was written before the relay was restored, and may have gone out then.
    RelayRestored = "relay_restored", 409, "The relay was restored since this was written";
    /// `if_seq` names another state than the conversation is in; `current` has that one.
    ConversationChanged = "conversation_changed", 409, "The conversation was changed meanwhile";
    /// `if_seq` is older than the last edit of the template; `current` has the template.
    TemplateChanged = "template_changed", 409, "The template was edited meanwhile";
    /// `if_seq` is older than the last edit of the rules.
    RulesChanged = "rules_changed", 409, "The rules were edited meanwhile";
    /// `if_seq` names another state than the settings are in; `current` has that one.
    SettingsChanged = "settings_changed", 409, "The settings were changed meanwhile";
    /// Another template has that name, or that short name.
    TemplateNameTaken = "template_name_taken", 409, "Another template has that name";
    /// What was counted before is not what would be sent now.
    BroadcastChanged = "broadcast_changed", 409, "The broadcast was changed meanwhile";
    /// The broadcast has finished or was canceled; `current` has it.
    BroadcastEnded = "broadcast_ended", 409, "The broadcast has ended";
    /// `if_seq` is older than the last change of the job; `current` has the job.
    JobChanged = "job_changed", 409, "The job was changed meanwhile";
    /// The job is in a state that the new one cannot follow; `current` has the job.
    JobStatusRefused = "job_status_refused", 409, "The job cannot become that any more";
    /// The trigger, or all automation, is switched off.
    TriggerDisabled = "trigger_disabled", 409, "The trigger is switched off";
    /// A text that nobody typed must not go out now: quiet hours, or a cap.
    TextWithheld = "text_withheld", 409, "The text must not go out now";
    /// The template asks for values that are not known; `missing` has their names.
    VariablesMissing = "variables_missing", 409, "Values are missing";
    /// A text that waited for its time has gone out, or is just going; `current` has it.
    AlreadySent = "already_sent", 409, "The text has gone out";
    /// A text that waited for its time was canceled; `current` has it.
    AlreadyCanceled = "already_canceled", 409, "The text was canceled";
    /// `if_seq` names another state than the text is in; `current` has that one.
    MessageChanged = "message_changed", 409, "The text was changed meanwhile";
    /// The customer has written after what the sender had seen; of a patch, `current` has the
    /// conversation, of a text, `meanwhile` says what happened.
    CustomerWrote = "customer_wrote", 409, "The customer wrote meanwhile";
    /// A colleague has answered after what the sender had seen; `meanwhile` says who and when.
    AnsweredByOther = "answered_by_other", 409, "A colleague answered meanwhile";
    /// A colleague has closed the conversation after what the sender had seen.
    ClosedByOther = "closed_by_other", 409, "A colleague closed it meanwhile";
    /// The conversation was given to somebody else after what the sender had seen.
    OwnerChanged = "owner_changed", 409, "Somebody else owns it meanwhile";
    /// No bearer token came with the request.
    TokenMissing = "token_missing", 401, "A token is needed";
    /// The token is unknown, was revoked or has ended: who does not hold it does not hear which.
    TokenUnknown = "token_unknown", 401, "The token is not accepted";
    /// The token was revoked. Relays of the first version said so.
    TokenRevoked = "token_revoked", 401, "The token was revoked";
    /// The token belongs to another relay. Relays of the first version said so.
    TokenForeign = "token_foreign", 401, "The token belongs to another relay";
    /// The role, or the token's scopes, do not allow it.
    Forbidden = "forbidden", 403, "Not allowed";
    /// A browser's request, which this API never serves.
    OriginRefused = "origin_refused", 403, "Requests from web pages are refused";
    /// The invite is unknown, used or expired.
    InviteInvalid = "invite_invalid", 403, "The invite is not valid";
    /// Nothing at this path.
    RouteUnknown = "route_unknown", 404, "No such path";
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405, "The path does not take this method";
    /// No such conversation.
    ConversationUnknown = "conversation_unknown", 404, "No such conversation";
    /// No such contact, or not any more.
    ContactUnknown = "contact_unknown", 404, "No such contact";
    /// No such merge of contacts.
    MergeUnknown = "merge_unknown", 404, "No such merge";
    /// No such template, or it is a colleague's own.
    TemplateUnknown = "template_unknown", 404, "No such template";
    /// No such broadcast.
    BroadcastUnknown = "broadcast_unknown", 404, "No such broadcast";
    /// No such job, or not any more.
    JobUnknown = "job_unknown", 404, "No such job";
    /// No such trigger.
    TriggerUnknown = "trigger_unknown", 404, "No such trigger";
    /// No token has that id.
    TokenIdUnknown = "token_id_unknown", 404, "No such token";
    /// No such entry.
    EntryUnknown = "entry_unknown", 404, "No such entry";
    /// No such attachment, or not any more.
    MediaUnknown = "media_unknown", 404, "No such attachment";
    /// The provider does not give an attachment, or it is too large.
    MediaUnavailable = "media_unavailable", 502, "The attachment cannot be fetched";
    /// The body is larger than this path takes.
    BodyTooLarge = "body_too_large", 413, "The body is too large";
    /// The body has another content type.
    TypeUnsupported = "type_unsupported", 415, "The content type is not supported";
    /// A WebSocket handshake was expected.
    UpgradeRequired = "upgrade_required", 426, "This path speaks WebSocket";
    /// Too many requests, or too many failed ones.
    RateLimited = "rate_limited", 429, "Too many requests";
    /// The relay has a fault; its log says more.
    Internal = "internal", 500, "The relay has a fault";
    /// The relay cannot store anything at the moment.
    StoreUnavailable = "store_unavailable", 503, "The relay cannot store anything right now";
    /// The relay is shutting down or has too much to do.
    Busy = "busy", 503, "The relay is busy";
}

impl ErrorCode {
    /// Whether the same request may succeed later without anything being changed in it.
    pub const fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::Internal
                | Self::StoreUnavailable
                | Self::MediaUnavailable
                | Self::Busy
        )
    }

    /// Whether the token itself is refused, so that no request of this device can succeed.
    pub const fn is_token_refusal(self) -> bool {
        matches!(
            self,
            Self::TokenMissing | Self::TokenUnknown | Self::TokenRevoked | Self::TokenForeign
        )
    }
}

/// An error as `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// `about:blank`: the code says it all.
    #[serde(rename = "type", default = "about_blank")]
    pub kind: String,
    /// The code's few words.
    #[serde(default)]
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// This occurrence in words: what, where, what was expected.
    #[serde(default)]
    pub detail: String,
    /// What scripts look at.
    pub code: ErrorCode,
    /// The record as it is by now, where the request met another one than it expected. As JSON,
    /// because a record of a later version must not make the problem unreadable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Box<serde_json::Value>>,
    /// What happened after what the author of a text had seen. One of a later version that cannot
    /// be read is left out.
    #[serde(
        default,
        deserialize_with = "readable",
        skip_serializing_if = "Option::is_none"
    )]
    pub meanwhile: Option<Box<Meanwhile>>,
    /// The names of the values that are missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

fn readable<'de, D>(deserializer: D) -> Result<Option<Box<Meanwhile>>, D::Error>
where
    D: Deserializer<'de>,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

fn about_blank() -> String {
    "about:blank".to_owned()
}

impl Problem {
    /// An occurrence of `code`.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            kind: about_blank(),
            title: code.title().to_owned(),
            status: code.status(),
            detail: detail.into(),
            code,
            current: None,
            meanwhile: None,
            missing: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_own_name_and_reads_back() {
        let mut names: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        for code in ErrorCode::ALL {
            let json = serde_json::to_string(code).unwrap();
            assert_eq!(json, format!("\"{}\"", code.as_str()));
            assert_eq!(serde_json::from_str::<ErrorCode>(&json).unwrap(), *code);
            assert!((400..600).contains(&code.status()));
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorCode::ALL.len());
    }

    #[test]
    fn a_code_of_a_later_relay_is_still_a_problem() {
        let json = r#"{"status":409,"code":"moon_phase","detail":"x"}"#;
        let problem: Problem = serde_json::from_str(json).unwrap();
        assert_eq!(problem.code, ErrorCode::Unknown);
        assert_eq!(problem.status, 409);
    }

    #[test]
    fn what_happened_in_a_shape_of_a_later_relay_leaves_the_problem_readable() {
        let json = r#"{"status":409,"code":"customer_wrote","meanwhile":{"up_to":"later"}}"#;
        let problem: Problem = serde_json::from_str(json).unwrap();
        assert_eq!(problem.code, ErrorCode::CustomerWrote);
        assert_eq!(problem.meanwhile, None);
    }
}
