//! What the tests of the whole house share: a desk that can be crashed and started again, agents
//! without a terminal, agents with a real one, and waiting with a deadline.

pub mod agent;
pub mod api;
pub mod bench;
pub mod bulk;
pub mod eventually;
pub mod fuzz;
pub mod process;
pub mod pty;
pub mod random;
pub mod rig;
pub mod seat;
pub mod simulation;
pub mod tidy;
pub mod visits;
pub mod world;
