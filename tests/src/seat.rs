//! A place at a desk: the app's program in a real terminal, and the home folder of an agent.

#![expect(
    clippy::expect_used,
    reason = "a harness that does not work is a failed test"
)]

use crate::pty::{Line, Pty};
use crate::world::World;
use std::path::PathBuf;
use std::process::Command;

/// What says where an app keeps its things.
const FOLDERS: [&str; 4] = ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"];

/// The place of an agent who has joined.
pub struct Seat {
    program: String,
    home: PathBuf,
}

impl Seat {
    /// Joins the desk as `name`, with the app's own command.
    pub async fn join(world: &World, program: &str, name: &str) -> Self {
        let home = world.folder(name);
        std::fs::create_dir_all(&home).expect("a home");
        let invite = world.invite(name).await;
        let joined = Command::new(program)
            .args(["join", &invite])
            .envs(FOLDERS.map(|folder| (folder, &home)))
            .output()
            .expect("the program starts");
        assert!(joined.status.success(), "{joined:?}");
        Self {
            program: program.to_owned(),
            home,
        }
    }

    /// Starts the app at a terminal named `term`, at the other end of a line.
    pub fn start(&self, line: Line, term: &str, size: (u16, u16)) -> Pty {
        let home = self.home.display().to_string();
        let mut environment = FOLDERS.map(|folder| (folder, home.as_str())).to_vec();
        environment.push(("TERM", term));
        // What tears keys apart may be kept from the next piece by a busy machine for long.
        if matches!(line, Line::Far { .. }) {
            environment.push(("SMSDESK__UI__ESC_WAIT_MS", "1000"));
        }
        Pty::start_over(line, &self.program, &[], &environment, size)
    }
}
