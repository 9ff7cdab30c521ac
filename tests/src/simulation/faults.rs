//! What may go wrong in one simulation. Each seed chooses some of it, for a world in which
//! everything goes wrong at once never gets far enough to find the subtle faults.

use super::scheduler::Millis;
use crate::random::Random;

/// How the house is broken on purpose, so that the checker has to notice. Each is one rule of the
/// house left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// The relay answers a webhook before it is stored.
    AnswerBeforeCommit,
    /// The relay does not know a webhook again.
    NoDedupe,
    /// The relay hands a text over again whose fate is unknown.
    RepeatUnknown,
    /// After a crash the relay hands over again what it was handing over.
    RepeatClaimed,
    /// The relay takes each delivery report as it comes instead of merging it.
    StatusAsItComes,
    /// The relay does not look at the token once a stream is open.
    DeafToRevocation,
    /// The relay does not check signatures.
    Unsigned,
    /// The relay leaves a change out of a batch.
    SkippedChange,
    /// The relay keeps its epoch when it is restored.
    SameEpoch,
    /// The app applies a batch that does not join what it has.
    OverAGap,
    /// The app shows a text before it is on the disk.
    EchoBeforeCommit,
    /// The app gives a text another id when it is sent again.
    OtherIdAgain,
}

impl Sabotage {
    /// Every one.
    pub const ALL: [Self; 12] = [
        Self::AnswerBeforeCommit,
        Self::NoDedupe,
        Self::RepeatUnknown,
        Self::RepeatClaimed,
        Self::StatusAsItComes,
        Self::DeafToRevocation,
        Self::Unsigned,
        Self::SkippedChange,
        Self::SameEpoch,
        Self::OverAGap,
        Self::EchoBeforeCommit,
        Self::OtherIdAgain,
    ];
}

/// Something that happens to the world once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mischief {
    /// A device's connection breaks.
    Cut,
    /// A device's network carries nothing for a while, in one direction or both.
    Block,
    /// All devices' networks stop one by one, and come back in another order.
    Clog,
    /// The relay is killed and started again.
    KillRelay,
    /// The relay stops as it should and is started again.
    StopRelay,
    /// The app is killed and started again.
    KillApp,
    /// The device loses power: the newest commits of its copy are gone.
    PowerCut,
    /// The device loses its copy of the records.
    LoseCopy,
    /// A backup is taken.
    Backup,
    /// The relay is stopped, restored from the oldest backup, and started.
    Restore,
    /// The relay's wall clock jumps.
    ClockJump,
    /// Nothing passes between relay and provider for a while.
    CutProvider,
    /// An agent's tokens are revoked.
    Revoke,
    /// Somebody posts a webhook that the provider never sent.
    Forge,
}

impl Mischief {
    const ALL: [Self; 14] = [
        Self::Cut,
        Self::Block,
        Self::Clog,
        Self::KillRelay,
        Self::StopRelay,
        Self::KillApp,
        Self::PowerCut,
        Self::LoseCopy,
        Self::Backup,
        Self::Restore,
        Self::ClockJump,
        Self::CutProvider,
        Self::Revoke,
        Self::Forge,
    ];
}

/// Rates in a thousand, and what else a seed has chosen.
#[derive(Clone, Debug)]
pub struct Faults {
    /// How long chaos lasts.
    pub chaos_ms: Millis,
    /// The longest time that a frame or a call is under way.
    pub latency_ms: Millis,
    /// A frame breaks its connection.
    pub frame_cuts: u64,
    /// A frame is lost without anybody noticing, as TCP never does and a bad proxy may.
    pub frame_losses: u64,
    /// A call to the relay arrives twice.
    pub call_repeats: u64,
    /// A call to the relay, or its answer, is lost.
    pub call_losses: u64,
    /// The relay is killed just before, or just after, a commit.
    pub commit_kills: u64,
    /// The app is killed just before, while, or just after it applies a batch.
    pub apply_kills: u64,
    /// The provider takes a text and its answer is lost.
    pub create_drops: u64,
    /// The provider answers with a fault of its own, having taken the text or not.
    pub create_faults: u64,
    /// The provider is too busy for a text.
    pub create_busy: u64,
    /// The provider refuses a text for good.
    pub create_refusals: u64,
    /// The provider refuses the account.
    pub account_refusals: u64,
    /// A webhook or a report never comes.
    pub post_losses: u64,
    /// A webhook or a report comes more than once.
    pub post_repeats: u64,
    /// The longest delay of a report.
    pub post_delay_ms: Millis,
    /// How long the provider's list lags behind.
    pub list_lag_ms: Millis,
    /// What happens, at random times.
    pub mischief: Vec<Mischief>,
}

impl Faults {
    /// What the seed chooses.
    pub fn of(random: &mut Random) -> Self {
        let chaos_ms = random.within(30_000, 110_000);
        let mut rate = |most: u64| match random.below(3) {
            0 => 0,
            1 => most / 5,
            _ => most,
        };
        let mut faults = Self {
            chaos_ms,
            latency_ms: rate(3_000) + 20,
            frame_cuts: rate(25),
            frame_losses: rate(15),
            call_repeats: rate(300),
            call_losses: rate(300),
            commit_kills: rate(40),
            apply_kills: rate(30),
            create_drops: rate(400),
            create_faults: rate(300),
            create_busy: rate(400),
            create_refusals: rate(150),
            account_refusals: rate(100),
            post_losses: rate(300),
            post_repeats: rate(400),
            post_delay_ms: rate(30_000) + 100,
            list_lag_ms: rate(40_000),
            mischief: Vec::new(),
        };
        let kinds: Vec<_> = Mischief::ALL
            .into_iter()
            .filter(|_| random.chance(400))
            .collect();
        let times = random.within(1, 7);
        for _ in 0..times {
            faults.mischief.extend(random.pick(&kinds));
        }
        if faults.mischief.contains(&Mischief::Restore) {
            faults.mischief.push(Mischief::Backup);
        }
        faults
    }

    /// A world in which nothing goes wrong.
    pub const fn none() -> Self {
        Self {
            chaos_ms: 0,
            latency_ms: 20,
            frame_cuts: 0,
            frame_losses: 0,
            call_repeats: 0,
            call_losses: 0,
            commit_kills: 0,
            apply_kills: 0,
            create_drops: 0,
            create_faults: 0,
            create_busy: 0,
            create_refusals: 0,
            account_refusals: 0,
            post_losses: 0,
            post_repeats: 0,
            post_delay_ms: 100,
            list_lag_ms: 0,
            mischief: Vec::new(),
        }
    }
}
