//! Who may do what: secrets that stand for people, what routes need, and how often one may ask.

pub mod limits;
pub mod need;
pub mod proxies;
pub mod secret;
pub mod source;
pub mod trusted;
