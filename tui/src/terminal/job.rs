//! Stopping: the shell's job control, without its default action.
//!
//! `SIGTSTP` is caught, so that the terminal is given back before the app stops. What the system
//! would have done by default is then done here: the whole job stops, because the shell waits for
//! all of it; and a job that no shell could continue does not stop at all, because it would hang
//! for ever.

use rustix::process::{
    Pid, Signal, WaitOptions, kill_current_process_group, kill_process, waitpid,
};
use std::io;
use std::process::Command;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The job was stopped and has been continued.
    Continued,
    /// There is nobody who could continue it, so it was not stopped.
    Orphan,
}

/// Stops the job until somebody continues it.
///
/// # Errors
/// No child can be started, or the system refuses the signal.
pub(super) fn stop() -> io::Result<Stop> {
    // The system alone knows whether a stop would be for ever: it ignores the default action of
    // SIGTSTP then. A child with that default action finds out.
    let mut scout = Command::new("sh").args(["-c", "kill -TSTP $$"]).spawn()?;
    let id = i32::try_from(scout.id()).ok().and_then(Pid::from_raw);
    let stopped = match waitpid(id, WaitOptions::UNTRACED)? {
        Some((_, status)) => status.stopped(),
        None => false,
    };
    if !stopped {
        // It has ended, and was waited for.
        return Ok(Stop::Orphan);
    }
    kill_current_process_group(Signal::STOP)?;
    // Whoever continued only this process has left the scout behind. One that went on with the job
    // may have ended: then there is nothing to continue.
    id.map(|id| kill_process(id, Signal::CONT));
    scout.wait()?;
    Ok(Stop::Continued)
}
