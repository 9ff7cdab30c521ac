//! Every route with what it takes, answers and refuses, one resource a file.

mod access;
mod broadcasts;
mod contacts;
mod conversations;
mod jobs;
mod messages;
mod other;
mod rules;
mod settings;
mod templates;

use super::operation::Operation;

/// All of them.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = other::operations();
    all.extend(access::operations());
    all.extend(broadcasts::operations());
    all.extend(contacts::operations());
    all.extend(conversations::operations());
    all.extend(messages::operations());
    all.extend(rules::operations());
    all.extend(settings::operations());
    all.extend(templates::operations());
    all.extend(jobs::operations());
    all
}
