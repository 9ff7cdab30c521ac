//! How often, how far back and how patiently the relay looks at the provider's lists. Figures only.

/// The figures. Times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    /// From the beginning of one walk through a list to the next.
    pub every_ms: u64,
    /// How far a walk reaches back at least, and how far it goes below what is known: lists lag.
    pub overlap_ms: i64,
    /// How far back any walk reaches at most, and a wide one always.
    pub wide_ms: i64,
    /// From one wide walk to the next.
    pub wide_every_ms: i64,
    /// Below this age an inbound text is left to its webhook, which Twilio tries for up to 15 s.
    pub webhook_ms: i64,
    /// Below this age the status of a text is left to its callback.
    pub callback_ms: i64,
    /// Below this age a text of ours that we do not know may yet be claimed by one in doubt.
    pub foreign_ms: i64,
    /// Messages on a page.
    pub page_messages: u32,
    /// Between two calls: the account has other things to ask of Twilio as well.
    pub call_ms: u64,
    /// Between two looks at what is due, where nothing is.
    pub idle_ms: u64,
    /// After the first failure; it doubles with each further one, up to `every_ms`.
    pub fault_ms: u64,
    /// Between the first two tries to learn of attachments; doubles up to an hour.
    pub media_ms: i64,
    /// About texts in doubt.
    pub patience: Patience,
}

/// How long a text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long a call that hands a text over can take: what Twilio made of it, it made by then.
    pub call_ms: i64,
    /// How far the two clocks may be apart.
    pub slack_ms: i64,
    /// From the claim to the first look. The answer mostly comes within a second; a callback often
    /// brings the evidence in the meantime.
    pub first_look_ms: i64,
    /// From each further look to the next.
    pub between_ms: [i64; 3],
    /// How often to look at least before the text is given up.
    pub looks_min: u32,
    /// How long after the last moment of its call the list must have stayed without the text.
    pub lag_ms: i64,
}

impl Cadence {
    /// What the relay goes by.
    pub const STANDARD: Self = Self {
        every_ms: 5 * 60_000,
        overlap_ms: 15 * 60_000,
        wide_ms: 72 * 3_600_000,
        wide_every_ms: 24 * 3_600_000,
        webhook_ms: 20_000,
        callback_ms: 2 * 60_000,
        foreign_ms: 10 * 60_000,
        page_messages: 200,
        call_ms: 500,
        idle_ms: 5_000,
        fault_ms: 5_000,
        media_ms: 10_000,
        patience: Patience::STANDARD,
    };
}

impl Patience {
    /// Looks 10, 40, 90 and 150 seconds after the claim: three at least, the last of them two
    /// minutes after the longest call has ended.
    pub const STANDARD: Self = Self {
        call_ms: 25_000,
        slack_ms: 2 * 60_000,
        first_look_ms: 10_000,
        between_ms: [30_000, 50_000, 60_000],
        looks_min: 3,
        lag_ms: 2 * 60_000,
    };
}
