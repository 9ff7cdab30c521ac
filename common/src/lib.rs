//! Types that the relay and the terminal app both serialise, and the pure rules about them.
//!
//! What may live here: shapes on the wire, their identifiers, and rules that need nothing but
//! their arguments. What must never live here: IO of any kind, a clock, SQL, a terminal, a
//! network, or a dependency on either side.

pub mod activity;
pub mod agent;
pub mod api;
pub mod audit;
pub mod broadcast;
pub mod capability;
pub mod cause;
pub mod checkup;
pub mod config;
pub mod contact;
pub mod conversation;
pub mod described;
pub mod entry;
pub mod fault;
pub mod feed;
pub mod filter;
pub mod ids;
pub mod insight;
pub mod job;
pub mod latency;
pub mod later;
pub mod line;
pub mod meanwhile;
pub mod media;
pub mod mention;
pub mod optout;
pub mod phone;
pub mod read_marker;
pub mod record;
pub mod rule;
pub mod safe_text;
pub mod scope;
pub mod segments;
pub mod settings;
pub mod skew;
pub mod stats;
pub mod status;
pub mod stream;
pub mod template;
pub mod time;
pub mod triage;
pub mod zone_of;
