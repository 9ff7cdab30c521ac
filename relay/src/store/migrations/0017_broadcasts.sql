-- One text to many. `translations` and `variables` are JSON and stay as they were when it was made;
-- `totals` counts the recipients by state, as far as `stale` is 0.
CREATE TABLE broadcast (
    id           TEXT PRIMARY KEY NOT NULL,
    seq          INTEGER NOT NULL,
    name         TEXT NOT NULL,
    state        TEXT NOT NULL,
    why          TEXT,
    body         TEXT NOT NULL,
    translations TEXT NOT NULL,
    variables    TEXT NOT NULL,
    template     TEXT,
    totals       TEXT NOT NULL,
    stale        INTEGER NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    changed_by   TEXT,
    changed_at   INTEGER,
    changed_seq  INTEGER NOT NULL,
    finished_at  INTEGER
) WITHOUT ROWID;
CREATE INDEX broadcast_seq ON broadcast (seq);

-- Its recipients by their place in the list. They are there before the broadcast is; those without
-- one were left by a request that was cut. `next_at` is when a pending one may be tried again,
-- `entry` the text of one that was texted: from then on `state` follows it.
CREATE TABLE broadcast_recipient (
    broadcast    TEXT NOT NULL,
    n            INTEGER NOT NULL,
    given        TEXT NOT NULL,
    address      TEXT,
    line         TEXT,
    contact      TEXT,
    conversation TEXT,
    variables    TEXT,
    state        TEXT NOT NULL,
    reason       TEXT,
    next_at      INTEGER NOT NULL,
    entry        TEXT,
    PRIMARY KEY (broadcast, n)
) WITHOUT ROWID;
-- Whose turn is next on a line, and how many are in each state.
CREATE INDEX broadcast_turn ON broadcast_recipient (broadcast, state, line, n);
-- Whose text an entry is: no entry is two recipients'.
CREATE UNIQUE INDEX broadcast_entry ON broadcast_recipient (entry) WHERE entry IS NOT NULL;

-- 1 while the broadcast that a text belongs to is paused: it is not handed over, and nothing waits
-- for it.
ALTER TABLE outbox ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_held ON outbox (held) WHERE held <> 0;
