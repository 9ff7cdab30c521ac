-- What the team's work amounts to, counted behind the commits of what is counted.

-- Texts by time, and timelines in their order.
CREATE INDEX entry_at ON entry (at) WHERE entry_kind = 'message';
CREATE INDEX entry_timeline ON entry (conversation, at, position);

-- How far was counted; which deleted entries are not in it any more.
CREATE TABLE stat_range (
    one       INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    high      INTEGER NOT NULL,
    forgotten INTEGER NOT NULL
);

-- The texts of each quarter of an hour since 1970. `who` is an agent's id, `automatic` or
-- `customers`; a text without a price has no currency; `cost` is in billionths, positive where we pay.
CREATE TABLE stat_quarter (
    quarter     INTEGER NOT NULL,
    line        TEXT NOT NULL,
    who         TEXT NOT NULL,
    currency    TEXT NOT NULL,
    inbound     INTEGER NOT NULL,
    outbound    INTEGER NOT NULL,
    delivered   INTEGER NOT NULL,
    undelivered INTEGER NOT NULL,
    failed      INTEGER NOT NULL,
    segments    INTEGER NOT NULL,
    unpriced    INTEGER NOT NULL,
    cost        INTEGER NOT NULL,
    PRIMARY KEY (quarter, line, who, currency)
) WITHOUT ROWID;

-- Who waited since when for an answer, and who gave it. The first of a stretch has it as its own.
CREATE TABLE stat_wait (
    conversation     TEXT NOT NULL,
    at               INTEGER NOT NULL,
    position         INTEGER NOT NULL,
    stretch_at       INTEGER NOT NULL,
    stretch_position INTEGER NOT NULL,
    answered_at      INTEGER,
    agent            TEXT,
    PRIMARY KEY (conversation, at, position)
) WITHOUT ROWID;
CREATE INDEX stat_wait_answered ON stat_wait (answered_at, at, agent)
    WHERE answered_at IS NOT NULL;

-- Since when a matter was open, and when it was done.
CREATE TABLE stat_stretch (
    conversation TEXT NOT NULL,
    at           INTEGER NOT NULL,
    position     INTEGER NOT NULL,
    done_at      INTEGER,
    agent        TEXT,
    PRIMARY KEY (conversation, at, position)
) WITHOUT ROWID;
CREATE INDEX stat_stretch_done ON stat_stretch (done_at, at, agent) WHERE done_at IS NOT NULL;

-- From where a timeline is still to be gone through that is too long for once.
CREATE TABLE stat_todo (
    conversation TEXT PRIMARY KEY NOT NULL,
    at           INTEGER NOT NULL,
    position     INTEGER NOT NULL
) WITHOUT ROWID;

-- Who asked for no more texts, by time.
CREATE INDEX consent_out ON consent (at) WHERE consent = 'out';
