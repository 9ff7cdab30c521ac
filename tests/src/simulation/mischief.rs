//! What goes wrong, when it does.

use super::World;
use super::event::Event;
use super::faults::{Faults, Mischief};
use super::network::Way;
use super::scheduler::Millis;

/// How long a link carries nothing, at most, in milliseconds: longer than any party waits.
const BLOCKED_MS_MAX: Millis = 90_000;
/// How far the relay's wall clock jumps, at most, in milliseconds.
const JUMP_MS_MAX: u64 = 2 * 60 * 60 * 1_000;

impl World {
    /// Does it.
    pub fn mischief(&mut self, mischief: Mischief) {
        let device = self.random.place(self.devices.len());
        match mischief {
            Mischief::Cut => self.cut_device(device),
            Mischief::Block => self.block_device(device, 0),
            Mischief::Clog => self.clog(),
            Mischief::KillRelay => self.kill_relay(),
            Mischief::StopRelay => self.stop_relay(),
            Mischief::KillApp => self.kill_app(device),
            Mischief::PowerCut => self.cut_power(device),
            Mischief::LoseCopy => self.lose_copy(device),
            Mischief::Backup => self.back_up(),
            Mischief::Restore => self.restore_relay(),
            Mischief::ClockJump => self.jump(),
            Mischief::CutProvider => {
                self.note("network", || "the provider is cut off".to_owned());
                self.network.provider_cut = true;
                let pause = self.random.within(1_000, 30_000);
                self.agenda.after(pause, Event::UncutProvider);
            }
            Mischief::Revoke => {
                if device > 0 && self.devices[device].revoked.is_none() {
                    self.revoke(device);
                }
            }
            Mischief::Forge => self.forge(),
        }
    }

    fn cut_device(&mut self, device: usize) {
        if let Some(connection) = self.devices[device].connection() {
            self.cut(connection);
        }
    }

    /// Stops one or both directions of a link after a while, and restores them later.
    fn block_device(&mut self, device: usize, least: Millis) {
        let both = self.random.chance(500);
        let way = if self.random.chance(500) {
            Way::ToRelay
        } else {
            Way::ToDevice
        };
        for blocked in [Way::ToRelay, Way::ToDevice] {
            if both || blocked == way {
                self.network.block(device, blocked, true);
            }
        }
        self.note("network", || {
            format!("d{device} is cut off: both {both}, {way:?}")
        });
        let pause = self.random.within(least, BLOCKED_MS_MAX);
        self.agenda.after(pause, Event::Unblock(device));
    }

    /// Every link stops, and they come back in another order.
    fn clog(&mut self) {
        for device in 0..self.devices.len() {
            self.block_device(device, 1_000);
        }
    }

    fn jump(&mut self) {
        let by = self.random.within(0, 2 * JUMP_MS_MAX);
        let by = i64::try_from(by).unwrap_or(0) - i64::try_from(JUMP_MS_MAX).unwrap_or(0);
        self.relay.clock_off += by;
        self.relay.set_back += Millis::try_from(-by).unwrap_or(0);
        self.note("relay", || format!("its wall clock jumps by {by} ms"));
    }

    /// Links that were stopped carry again.
    pub fn unblock(&mut self, device: usize) {
        for way in [Way::ToRelay, Way::ToDevice] {
            self.network.block(device, way, false);
        }
        self.note("network", || format!("d{device} is reachable again"));
    }

    /// Nothing goes wrong from now on; everybody is there.
    pub fn heal(&mut self) {
        self.note("world", || "is healed".to_owned());
        let lag = self.faults.list_lag_ms;
        self.faults = Faults::none();
        self.faults.list_lag_ms = lag;
        self.network.heal();
        self.start_relay();
        for device in 0..self.devices.len() {
            self.start_app(device);
        }
    }
}
