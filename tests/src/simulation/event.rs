//! What can happen in a simulated world.

use super::faults::Mischief;
use super::network::Way;
use super::relay::Work;
use smsdesk_common::ids::{EntryId, Epoch};
use smsdesk_common::phone::Address;
use smsdesk_relay::twilio::classify::CreateOutcome;
use uuid::Uuid;

/// A text on its way to the provider.
#[derive(Clone, Debug)]
pub struct Handover {
    /// Which process of the relay waits for the outcome.
    pub life: u64,
    /// Which text.
    pub entry: EntryId,
    /// How often it was tried before.
    pub attempts: u32,
    /// Whether it asks if the account is still refused.
    pub probe: bool,
    /// From.
    pub line: Address,
    /// To.
    pub address: Address,
    /// The words.
    pub body: String,
}

/// What the relay says to a call, or what came instead.
#[derive(Clone, Debug)]
pub enum Reply {
    /// It did it, in that life of its database; JSON.
    Done(Epoch, String),
    /// It did not, with the status and the problem as JSON.
    Problem(u16, String),
    /// Nothing.
    Nothing,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Event {
    /// Something goes wrong.
    Mischief(Mischief),
    /// Links that were stopped carry again.
    Unblock(usize),
    /// The provider can be reached again.
    UncutProvider,
    /// Chaos ends.
    Heal,
    /// The checker looks at the relay, and whether all is quiet.
    Look,

    /// A handshake arrives at the relay.
    Dial(u64),
    /// Its answer arrives at the device: whether it was taken.
    Dialled(u64, Result<(), Refusal>),
    /// The first frame of a queue arrives.
    Carry(u64, Way),
    /// A connection that has lost a frame breaks.
    Break(u64),
    /// The side that frames of this way go to learns that its connection broke.
    Broken(u64, Way),

    /// A call of a device arrives at the relay.
    Call(u64),
    /// The relay's answer arrives at the device.
    Answer(u64, Reply),

    /// The relay is started.
    StartRelay,
    /// The relay commits, in the process that this was begun in.
    Commit(u64, Work),
    /// The ring of that process takes in what was committed.
    Grow(u64),
    /// A session of the relay hears that the log grew.
    Wake(u64),
    /// A session's deadline.
    Tick(u64),
    /// The outbox is looked at, regularly, by that process.
    Round(u64),
    /// The outbox is looked at because something rang, by that process.
    Bell(u64),
    /// The provider's list is looked at, by that process.
    Reconcile(u64),
    /// An outcome of a call to the provider arrives at the relay.
    Outcome(Box<Handover>, CreateOutcome),

    /// An app is started.
    StartApp(usize),
    /// A pause of that run of an app is over.
    Due(usize, u64),
    /// Nothing may have been heard on that connection for too long.
    Silence(usize, u64),
    /// That run of an app looks whether there is history to fetch.
    History(usize, u64),
    /// That run of an app looks for requests to send.
    Requests(usize, u64),
    /// A text that was shown too early reaches the disk of that run of an app.
    LateEcho(usize, u64, EntryId, Uuid),

    /// A customer writes.
    CustomerWrites,
    /// An agent writes.
    AgentWrites(usize, u32),
    /// An agent reads.
    AgentReads(usize),
    /// An agent changes where a conversation stands.
    AgentTriages(usize),
    /// An agent takes a refused text back.
    AgentWithdraws(usize),

    /// A text arrives at the provider.
    Create(Box<Handover>),
    /// A text of ours comes one step further.
    Progress(usize),
    /// The provider posts a webhook or report.
    Post(u64),
    /// It arrives at the relay.
    Posted(u64),
    /// The provider hears, or does not hear, that it was taken.
    PostAnswered(u64, bool),
}

/// Why a handshake failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody is there.
    Unreachable,
    /// The token is not accepted.
    Token,
}
