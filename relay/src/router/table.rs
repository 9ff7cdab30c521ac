//! Every route: what it needs, and what it does.

use crate::auth::need::Need;

/// One route.
#[derive(Clone, Copy, Debug)]
pub struct RouteDoc {
    /// HTTP method.
    pub method: &'static str,
    /// Path below the public URL.
    pub path: &'static str,
    /// Who may call it.
    pub need: Need,
    /// What it does, in a sentence.
    pub doc: &'static str,
}

const fn route(
    method: &'static str,
    path: &'static str,
    need: Need,
    doc: &'static str,
) -> RouteDoc {
    RouteDoc {
        method,
        path,
        need,
        doc,
    }
}

/// Every route, as the gate goes by it and the documentation lists it. A test calls each of them as
/// everybody.
pub const ROUTES: &[RouteDoc] = &[
    route(
        "POST",
        "/webhooks/twilio/message",
        Need::Signature,
        "An inbound text; `200 <Response/>` once it is stored.",
    ),
    route(
        "GET",
        "/webhooks/twilio/message",
        Need::Nothing,
        "Whether the address is right.",
    ),
    route(
        "POST",
        "/webhooks/twilio/status",
        Need::Signature,
        "A delivery report; `204` once it is stored.",
    ),
    route(
        "GET",
        "/webhooks/twilio/status",
        Need::Nothing,
        "Whether the address is right.",
    ),
    route(
        "POST",
        "/webhooks/twilio/voice",
        Need::Signature,
        "A call; `200` with what Twilio does about it once it is stored.",
    ),
    route(
        "GET",
        "/webhooks/twilio/voice",
        Need::Nothing,
        "Whether the address is right.",
    ),
    route(
        "POST",
        "/webhooks/twilio/call-status",
        Need::Signature,
        "What became of a call; `200 <Response/>` once it is stored.",
    ),
    route(
        "GET",
        "/webhooks/twilio/call-status",
        Need::Nothing,
        "Whether the address is right.",
    ),
    route(
        "GET",
        "/health",
        Need::Nothing,
        "200 where the database takes commits and the feed moves, else 503.",
    ),
    route(
        "GET",
        "/ready",
        Need::Nothing,
        "200 once the relay takes requests.",
    ),
    route(
        "GET",
        "/v1/openapi.json",
        Need::Nothing,
        "All of this for programs, with every shape: OpenAPI 3.1.",
    ),
    route(
        "POST",
        "/v1/join",
        Need::Invite,
        "An invite becomes a token.",
    ),
    route(
        "GET",
        "/v1/stream",
        Need::READ,
        "The feed as it grows, over WebSocket.",
    ),
    route(
        "GET",
        "/v1/changes",
        Need::READ,
        "The feed by pages: `after=SEQ` forwards, `before=SEQ` backwards, `limit=N`.",
    ),
    route(
        "GET",
        "/v1/agents",
        Need::Token,
        "Everybody who works or worked here, by name, and which of them asks.",
    ),
    route(
        "GET",
        "/v1/lines",
        Need::READ_TEXTS,
        "Our own addresses, by address, and which of them send.",
    ),
    route(
        "GET",
        "/v1/labels",
        Need::READ,
        "Every label that stands on a conversation, by name, and on how many.",
    ),
    route(
        "GET",
        "/v1/calls",
        Need::READ,
        "Calls to our lines, newest first: `before=POSITION`, `limit=N`.",
    ),
    route(
        "GET",
        "/v1/media/{id}/{index}",
        Need::READ,
        "The file of an entry's attachment, counted from 0; `302` to it where it is one of ours.",
    ),
    route(
        "GET",
        "/v1/audit",
        Need::Admin,
        "Who did what, the newest first: `before=N`, `actor=…`, `deed=…`, `since=TIME`, `limit=N`.",
    ),
    route(
        "GET",
        "/v1/tokens",
        Need::Admin,
        "Every device and program that has or had a token, and when it was last used.",
    ),
    route(
        "DELETE",
        "/v1/tokens/{id}",
        Need::Admin,
        "Takes a token's access away: `wipe=true` has its copy of the records removed; answers with it.",
    ),
    route(
        "GET",
        "/v1/contacts",
        Need::READ_CONTACTS,
        "Contacts, most recently touched first: `q=…`, `cursor=…`, `limit=N`.",
    ),
    route(
        "POST",
        "/v1/contacts",
        Need::CONTACTS,
        "A contact; `201` with it, `200` on a repeat of the id.",
    ),
    route(
        "POST",
        "/v1/contacts/import",
        Need::CONTACTS,
        "A part of a list of people; each row is taken or refused by itself.",
    ),
    route(
        "GET",
        "/v1/contacts/{id}",
        Need::READ_CONTACTS,
        "One contact.",
    ),
    route(
        "PATCH",
        "/v1/contacts/{id}",
        Need::CONTACTS,
        "What is known of them; answers with the contact.",
    ),
    route(
        "DELETE",
        "/v1/contacts/{id}",
        Need::CONTACTS,
        "Forgets them; answers with the numbers that their conversations need, or null.",
    ),
    route(
        "POST",
        "/v1/contacts/{id}/merge",
        Need::CONTACTS,
        "Takes another contact in; answers with this one.",
    ),
    route(
        "POST",
        "/v1/contacts/{id}/unmerge",
        Need::CONTACTS,
        "Takes a merge back; answers with the contact that was kept.",
    ),
    route(
        "POST",
        "/v1/contacts/{id}/opt-out",
        Need::CONTACTS,
        "No line texts them any more; answers with the contact. Only they take it back.",
    ),
    route(
        "GET",
        "/v1/conversations",
        Need::READ,
        "Conversations, most recently touched first: `view=open`, `assignee=me`, `q=FILTER`, `tz=ZONE`, `cursor=…`, `limit=N`.",
    ),
    route(
        "GET",
        "/v1/conversations/{id}",
        Need::READ,
        "One conversation.",
    ),
    route(
        "PATCH",
        "/v1/conversations/{id}",
        Need::WORK,
        "Its state: status, owner, labels, flag, snooze; answers with the conversation.",
    ),
    route(
        "GET",
        "/v1/conversations/{id}/entries",
        Need::READ,
        "Its timeline, newest first: `before=POSITION`, `limit=N`.",
    ),
    route(
        "POST",
        "/v1/conversations/{id}/notes",
        Need::WORK,
        "A note among colleagues; `201` with the entry, `200` on a repeat of the id.",
    ),
    route(
        "PUT",
        "/v1/conversations/{id}/read",
        Need::WORK,
        "How far the caller has read.",
    ),
    route("GET", "/v1/entries/{id}", Need::READ_TEXTS, "One entry."),
    route(
        "GET",
        "/v1/search",
        Need::READ,
        "Entries that a filter means, newest first: `q=FILTER`, `tz=ZONE`, `before=POSITION`, `limit=N`.",
    ),
    route(
        "GET",
        "/v1/stats",
        Need::READ,
        "What the work amounts to, today, this month and in a period: `tz=ZONE`, `from=DAY`, \
         `to=DAY`, `by=agent`, `line`, `label`, `hour` or `day`.",
    ),
    route(
        "GET",
        "/v1/status",
        Need::READ,
        "How the relay fares: webhooks, commits, outbox, streams, the provider, the disk.",
    ),
    route(
        "POST",
        "/v1/messages",
        Need::SEND,
        "One text, at once or at a time; `201` with the entry, `200` on a repeat of the id.",
    ),
    route(
        "GET",
        "/v1/messages",
        Need::READ_TEXTS,
        "Texts that wait for their time, the next one first: `status=scheduled`, `cursor=…`, `limit=N`.",
    ),
    route(
        "POST",
        "/v1/messages/bulk",
        Need::SEND,
        "One text to many: `202` with the broadcast and a result for each; with `dry_run` `200` and \
         what it would be.",
    ),
    route("GET", "/v1/messages/{id}", Need::READ_TEXTS, "One entry."),
    route(
        "PATCH",
        "/v1/messages/{id}",
        Need::SEND,
        "A text that waits for its time: its words, its time, out now or not at all; answers with the entry.",
    ),
    route(
        "DELETE",
        "/v1/messages/{id}",
        Need::SEND,
        "Cancels a text that has not gone out; answers with the entry.",
    ),
    route(
        "GET",
        "/v1/broadcasts",
        Need::READ_TEXTS,
        "Broadcasts, most recently touched first: `cursor=…`, `limit=N`.",
    ),
    route(
        "GET",
        "/v1/broadcasts/{id}",
        Need::READ_TEXTS,
        "One broadcast with its recipients, in the order of the list: `cursor=…`, `limit=N`.",
    ),
    route(
        "PATCH",
        "/v1/broadcasts/{id}",
        Need::SEND,
        "Pauses it, lets it go on, or gives it up; answers with the broadcast.",
    ),
    route(
        "GET",
        "/v1/rules",
        Need::READ,
        "The rules that answer or sort what customers write: their text, their records, and what \
         they have in each other's way.",
    ),
    route(
        "PUT",
        "/v1/rules",
        Need::Admin,
        "A text of rules in place of the one that held; answers with what holds.",
    ),
    route(
        "GET",
        "/v1/rules/history",
        Need::READ,
        "The texts of rules that held, the newest first, with who wrote them.",
    ),
    route(
        "POST",
        "/v1/rules/test",
        Need::READ,
        "What rules would do about a text. Sends and stores nothing.",
    ),
    route(
        "GET",
        "/v1/settings",
        Need::READ,
        "What can be set while the relay runs.",
    ),
    route(
        "PUT",
        "/v1/settings",
        Need::Admin,
        "Sets fields, a whole document or some of them; answers with what holds.",
    ),
    route(
        "GET",
        "/v1/settings/history",
        Need::READ,
        "Who set which field from what to what, the newest first: `cursor=…`, `limit=N`.",
    ),
    route(
        "GET",
        "/v1/templates",
        Need::READ,
        "Templates, most recently touched first: `cursor=…`, `limit=N`; `name=…` for those of a \
         name, short name or key.",
    ),
    route(
        "POST",
        "/v1/templates",
        Need::WORK,
        "A new template; `201` with the record, `200` on a repeat of the id.",
    ),
    route("GET", "/v1/templates/{id}", Need::READ, "One template."),
    route(
        "PUT",
        "/v1/templates/{id}",
        Need::WORK,
        "What a template says, in place of what it said; answers with the template.",
    ),
    route(
        "DELETE",
        "/v1/templates/{id}",
        Need::WORK,
        "Deletes a template: `if_seq=SEQ`; `204`, on a repeat, too.",
    ),
    route(
        "POST",
        "/v1/templates/preview",
        Need::READ_TEXTS,
        "What a body or a template would be as a text: what is missing, encoding, segments.",
    ),
    route(
        "POST",
        "/v1/templates/seed",
        Need::WORK,
        "The templates of a visit at a customer's, as far as they are not there.",
    ),
    route(
        "GET",
        "/v1/jobs",
        Need::READ_JOBS,
        "Jobs, the first to begin first: `contact=ID`, `status=open`, `from=TIME`, `until=TIME`, `cursor=…`, `limit=N`.",
    ),
    route(
        "POST",
        "/v1/jobs",
        Need::TRIGGERS,
        "A new job; `201` with the record, `200` on a repeat of the id.",
    ),
    route("GET", "/v1/jobs/{id}", Need::READ_JOBS, "One job."),
    route(
        "PATCH",
        "/v1/jobs/{id}",
        Need::TRIGGERS,
        "How far a job has come, its time, its technician, its place; answers with the job.",
    ),
    route(
        "DELETE",
        "/v1/jobs/{id}",
        Need::TRIGGERS,
        "Deletes a job: `if_seq=SEQ`; `204`, on a repeat, too.",
    ),
    route(
        "POST",
        "/v1/jobs/{id}/location",
        Need::TRIGGERS,
        "Where the technician is; answers with the job and whether it was news.",
    ),
    route(
        "POST",
        "/v1/triggers/{type}",
        Need::TRIGGERS,
        "Tells a customer that something happened: `scheduled`, `reminder`, `enroute`, `15_min`, \
         `arrived`, `complete`; `201` with the entry, `200` on a repeat of the id.",
    ),
];

/// What the table says of a method at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Who may call it.
    Needs(Need),
    /// The path takes these methods, and not that one.
    Allows(String),
    /// There is no such path.
    Unknown,
}

/// What the table says of `method` at `path`, which has its parameters as the table has them.
pub(crate) fn rule(method: &str, path: &str) -> Rule {
    let asked = if method == "HEAD" { "GET" } else { method };
    let mut methods = Vec::new();
    for route in ROUTES.iter().filter(|route| route.path == path) {
        if route.method == asked {
            return Rule::Needs(route.need);
        }
        methods.push(route.method);
    }
    if methods.is_empty() {
        return Rule::Unknown;
    }
    Rule::Allows(methods.join(","))
}
