//! The frames of `GET /v1/stream`: JSON text messages, one object each, told apart by `type`.
//!
//! Unknown fields are ignored and unknown types are skipped, so that either side may be one
//! version ahead.

use crate::agent::Agent;
use crate::feed::{Batch, Digest};
use crate::ids::{AgentId, ConversationId, DeviceId, Epoch, Seq};
use serde::{Deserialize, Serialize};

/// The WebSocket subprotocol that both sides must agree on.
pub const SUBPROTOCOL: &str = "smsdesk.v1";
/// The version of the frames that this build speaks.
pub const PROTOCOL: u32 = 1;
/// The oldest version that this build still speaks.
pub const PROTOCOL_OLDEST: u32 = 1;
/// The most bytes of one frame: a full batch and the frame around it fit.
pub const FRAME_BYTES_MAX: usize = 512 * 1024;
/// The most bytes of one frame from a client: its frames are small.
pub const CLIENT_FRAME_BYTES_MAX: usize = 16 * 1024;
/// How often the relay pings, in milliseconds: below the 45 to 60 s at which NATs forget.
pub const HEARTBEAT_MS: u64 = 25_000;
/// How long the relay waits for the answer to a ping, in milliseconds.
pub const PONG_MS_MAX: u64 = 10_000;
/// How long a client waits for any frame before it declares the connection dead, in milliseconds.
pub const SILENCE_MS_MAX: u64 = 60_000;
/// How long the relay waits for `hello`, in milliseconds.
pub const HELLO_MS_MAX: u64 = 10_000;
/// The most changes that a client may leave unacknowledged.
pub const CREDIT_CHANGES: usize = 1_000;
/// The most bytes of batches that a client may leave unacknowledged.
pub const CREDIT_BYTES: usize = 1024 * 1024;

/// What a client says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame, within [`HELLO_MS_MAX`].
    Hello(Hello),
    /// Everything up to `seq` is on the client's disk. Cumulative; frees credit.
    Ack {
        /// The newest position that is on disk.
        seq: Seq,
    },
    /// What the agent is doing; never stored, at most one a second.
    Presence {
        /// Where.
        conversation: ConversationId,
        /// What.
        state: PresenceState,
    },
    /// Asks for a `pong`.
    Ping {
        /// Comes back unchanged.
        n: u64,
    },
    /// Anything that only a later version understands.
    #[serde(other)]
    Unknown,
}

/// A client introduces itself and says where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// The newest version of the frames that the client speaks.
    pub protocol: u32,
    /// Program and version, for the relay's log: `smsdesk/0.1.0`.
    pub client: String,
    /// Which installation: a UUID, or a name that it keeps.
    #[serde(deserialize_with = "DeviceId::from_name")]
    pub device: DeviceId,
    /// The life of the database that `after` belongs to; without it the relay takes it for its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// The client has everything up to here; without it, it starts live at the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Seq>,
}

/// What an agent is doing in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresenceState {
    /// Has it open.
    Viewing,
    /// Is writing.
    Typing,
    /// Has left.
    Away,
}

/// What the relay says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RelayFrame {
    /// The answer to `hello`.
    Welcome(Welcome),
    /// The next part of the feed.
    Batch(Batch),
    /// The client has seen all that there is at this moment.
    CaughtUp {
        /// The newest position.
        head: Seq,
        /// Over all live changes up to `head`.
        digest: Digest,
    },
    /// What a colleague is doing.
    Presence {
        /// Where.
        conversation: ConversationId,
        /// Who.
        agent: AgentId,
        /// What.
        state: PresenceState,
        /// For how long by now, in milliseconds; none for `away`, and from relays of the first
        /// version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        for_ms: Option<u64>,
    },
    /// The answer to `ping`.
    Pong {
        /// As it was asked.
        n: u64,
        /// The newest position.
        head: Seq,
    },
    /// The relay is about to close; come back after `after_ms` and up to `spread_ms` more,
    /// chosen at random, so that not everybody comes at once.
    GoingAway {
        /// Milliseconds to wait at least.
        after_ms: u64,
        /// Milliseconds over which to spread.
        spread_ms: u64,
    },
    /// Anything that only a later version understands.
    #[serde(other)]
    Unknown,
}

/// The relay's answer to `hello`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    /// The version of the frames that both will speak.
    pub protocol: u32,
    /// The relay's version.
    pub version: String,
    /// The life of the relay's database.
    pub epoch: Epoch,
    /// The newest position at this moment.
    pub head: Seq,
    /// How the feed goes on.
    pub mode: ResumeMode,
    /// Why, where `mode` is `reset`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ResetReason>,
    /// Who the token belongs to.
    pub agent: Agent,
    /// How the company signs its texts; none from relays of the first version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// How often the relay pings, in milliseconds.
    pub heartbeat_ms: u64,
    /// What the client may rely on and must keep.
    pub limits: Limits,
    /// The names of what the relay can do, of which a client passes over those that it does not
    /// know; none from relays of the first version. See [`crate::capability`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
}

/// How the feed goes on after `welcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResumeMode {
    /// From the client's `after`, with nothing left out.
    Resumed,
    /// From `head`; the client gave no position.
    Fresh,
    /// From `head`; the client's records do not belong to this database and must be dropped.
    Reset,
}

/// Why a client's records do not belong to this database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// The database was restored or replaced.
    Epoch,
    /// The client is ahead of the relay: the relay lost data.
    Ahead,
}

/// What a client may rely on and must keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The most changes in one batch.
    pub batch_changes: usize,
    /// The most bytes in one frame.
    pub frame_bytes: usize,
    /// The most changes left unacknowledged.
    pub credit_changes: usize,
    /// The most bytes left unacknowledged.
    pub credit_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch_changes: crate::feed::BATCH_CHANGES_MAX,
            frame_bytes: FRAME_BYTES_MAX,
            credit_changes: CREDIT_CHANGES,
            credit_bytes: CREDIT_BYTES,
        }
    }
}

/// Why a connection was closed. The number's range tells a client that does not know the number
/// itself what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCode {
    /// The relay restarts.
    Restart,
    /// The client took too long to read, or to say `hello`.
    TooSlow,
    /// The client did not answer a ping.
    NoPong,
    /// The client said too much. Reserved: nothing counts frames yet.
    Rate,
    /// The token is not, or no longer, accepted.
    TokenRefused,
    /// The client's protocol is too old.
    ProtocolTooOld,
    /// The client said something that is not a frame, or said it too early.
    Malformed,
    /// The token was revoked, and the client is to remove its copy of the records.
    Wipe,
}

impl CloseCode {
    /// The number on the wire.
    pub const fn number(self) -> u16 {
        match self {
            Self::Restart => 4001,
            Self::TooSlow => 4008,
            Self::NoPong => 4012,
            Self::Rate => 4013,
            Self::TokenRefused => 4501,
            Self::ProtocolTooOld => 4502,
            Self::Malformed => 4503,
            Self::Wipe => 4504,
        }
    }

    /// A few words beside the number.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Restart => "the relay restarts",
            Self::TooSlow => "reading too slowly",
            Self::NoPong => "no answer to a ping",
            Self::Rate => "too many frames",
            Self::TokenRefused => "the token is refused or was revoked",
            Self::ProtocolTooOld => "this version of smsdesk is too old for the relay",
            Self::Malformed => "a frame was malformed",
            Self::Wipe => "the token was revoked, and this copy is to be removed",
        }
    }
}

/// Whether a client that was closed with `number` must stay away: 4500 to 4999 do not come back.
pub const fn is_terminal_close(number: u16) -> bool {
    number >= 4500 && number <= 4999
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_without_a_position_says_so_by_leaving_it_out() {
        let hello = ClientFrame::Hello(Hello {
            protocol: 1,
            client: "smsdesk/0.1.0".to_owned(),
            device: "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee".parse().unwrap(),
            epoch: None,
            after: None,
        });
        assert_eq!(
            serde_json::to_string(&hello).unwrap(),
            r#"{"type":"hello","protocol":1,"client":"smsdesk/0.1.0","device":"0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee"}"#
        );
    }

    #[test]
    fn frames_and_fields_of_a_later_version_do_no_harm() {
        let frame: RelayFrame = serde_json::from_str(r#"{"type":"hologram","n":1}"#).unwrap();
        assert_eq!(frame, RelayFrame::Unknown);
        let frame: ClientFrame =
            serde_json::from_str(r#"{"type":"ack","seq":4,"colour":"red"}"#).unwrap();
        assert_eq!(frame, ClientFrame::Ack { seq: Seq(4) });
    }

    #[test]
    fn close_codes_keep_to_the_range_that_says_whether_to_come_back() {
        for code in [
            CloseCode::Restart,
            CloseCode::TooSlow,
            CloseCode::NoPong,
            CloseCode::Rate,
        ] {
            assert!(!is_terminal_close(code.number()), "{code:?}");
        }
        for code in [
            CloseCode::TokenRefused,
            CloseCode::ProtocolTooOld,
            CloseCode::Malformed,
            CloseCode::Wipe,
        ] {
            assert!(is_terminal_close(code.number()), "{code:?}");
        }
        assert!(!is_terminal_close(1006) && !is_terminal_close(5000));
    }
}
