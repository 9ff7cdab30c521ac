//! Templates to begin with: the six texts of a visit at a customer's.

use crate::ids::TemplateId;
use uuid::Uuid;

/// A template that a relay can be given.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    /// Its [`super::Template::key`], and its name at first.
    pub key: &'static str,
    /// Its words.
    pub body: &'static str,
    /// Its id, the same at every relay, so that giving it twice makes one.
    pub id: TemplateId,
}

/// An id of version 8 (RFC 9562): the bytes of `smsdesk`, and a number.
const fn id(number: u128) -> TemplateId {
    TemplateId(Uuid::from_u128(
        0x736d_7364_6573_8b00_8000_0000_0000_0000 | number,
    ))
}

/// In the order of a visit. Each is GSM-7 and one segment once it is filled in as usual.
pub const SEEDS: &[Seed] = &[
    Seed {
        key: "scheduled",
        body: "Hi {{ customer_first_name | default(\"there\") }}, your visit from {{ company_name }} \
               is booked for {{ scheduled_date }} at {{ scheduled_time }}. Reply here if you need \
               another time.",
        id: id(1),
    },
    Seed {
        key: "reminder",
        body: "Hi {{ customer_first_name | default(\"there\") }}, a reminder from \
               {{ company_name }}: we visit you on {{ scheduled_date }} at {{ scheduled_time }}. \
               Does that still suit you?",
        id: id(2),
    },
    Seed {
        key: "enroute",
        body: "Hi {{ customer_first_name | default(\"there\") }}, {{ tech_first_name }} from \
               {{ company_name }} is on the way and arrives in about {{ eta_minutes }} minutes.",
        id: id(3),
    },
    Seed {
        key: "15_min",
        body: "Hi {{ customer_first_name | default(\"there\") }}, {{ tech_first_name }} from \
               {{ company_name }} is about 15 minutes away. See you soon!",
        id: id(4),
    },
    Seed {
        key: "arrived",
        body: "Hi {{ customer_first_name | default(\"there\") }}, {{ tech_first_name }} from \
               {{ company_name }} has arrived and is at your door.",
        id: id(5),
    },
    Seed {
        key: "complete",
        body: "Hi {{ customer_first_name | default(\"there\") }}, the work is done. Thank you for \
               choosing {{ company_name }}! Your invoice: {{ invoice_link }}",
        id: id(6),
    },
];
