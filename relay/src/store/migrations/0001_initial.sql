-- The first schema. Forward only: a released migration is never edited.

-- Facts about this database: epoch, instance, digest.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- The feed: one live line a record, at the commit that last touched it. A deleted record keeps
-- its line, so that devices which were away learn of it.
CREATE TABLE changes (
    seq     INTEGER PRIMARY KEY NOT NULL,
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, id)
);

CREATE TABLE agent (
    id     TEXT PRIMARY KEY NOT NULL,
    seq    INTEGER NOT NULL,
    name   TEXT NOT NULL UNIQUE,
    role   TEXT NOT NULL,
    active INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE line (
    id     TEXT PRIMARY KEY NOT NULL,
    seq    INTEGER NOT NULL,
    name   TEXT,
    active INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE contact (
    id         TEXT PRIMARY KEY NOT NULL,
    seq        INTEGER NOT NULL,
    name       TEXT,
    city       TEXT,
    state      TEXT,
    zip        TEXT,
    country    TEXT,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Addresses apart from contacts: one address belongs to one contact, whatever its writing was.
CREATE TABLE contact_address (
    address TEXT PRIMARY KEY NOT NULL,
    contact TEXT NOT NULL REFERENCES contact (id),
    place   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX contact_address_contact ON contact_address (contact, place);

-- `last` is the newest entry in short, as JSON: a list must not look up entries.
CREATE TABLE conversation (
    id            TEXT PRIMARY KEY NOT NULL,
    seq           INTEGER NOT NULL,
    line          TEXT NOT NULL,
    address       TEXT NOT NULL,
    contact       TEXT NOT NULL REFERENCES contact (id),
    status        TEXT NOT NULL,
    assignee      TEXT,
    labels        TEXT NOT NULL,
    flagged       INTEGER NOT NULL,
    snoozed_until INTEGER,
    waiting_since INTEGER,
    inbound_total INTEGER NOT NULL,
    last          TEXT,
    created_at    INTEGER NOT NULL,
    UNIQUE (line, address)
) WITHOUT ROWID;
CREATE INDEX conversation_seq ON conversation (seq);

CREATE TABLE entry (
    id             TEXT PRIMARY KEY NOT NULL,
    seq            INTEGER NOT NULL,
    conversation   TEXT NOT NULL REFERENCES conversation (id),
    position       INTEGER NOT NULL,
    entry_kind     TEXT NOT NULL,
    direction      TEXT NOT NULL,
    author         TEXT NOT NULL,
    origin         TEXT NOT NULL,
    body           TEXT NOT NULL,
    media          TEXT NOT NULL,
    status         TEXT,
    error_code     INTEGER,
    error_text     TEXT,
    sid            TEXT UNIQUE,
    segments       INTEGER,
    price_amount   TEXT,
    price_currency TEXT,
    at             INTEGER NOT NULL,
    sent_at        INTEGER,
    delivered_at   INTEGER
) WITHOUT ROWID;
CREATE INDEX entry_conversation ON entry (conversation, position);

CREATE TABLE read_marker (
    id           TEXT PRIMARY KEY NOT NULL,
    seq          INTEGER NOT NULL,
    agent        TEXT NOT NULL,
    conversation TEXT NOT NULL,
    position     INTEGER NOT NULL,
    inbound_read INTEGER NOT NULL,
    at           INTEGER NOT NULL
) WITHOUT ROWID;

-- Every webhook that was answered 2xx, as it came. The unique key is what makes a repeat a no-op.
CREATE TABLE webhook (
    id          INTEGER PRIMARY KEY NOT NULL,
    kind        TEXT NOT NULL,
    account     TEXT NOT NULL,
    dedupe      TEXT NOT NULL,
    origin      TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    body        BLOB NOT NULL,
    UNIQUE (kind, account, dedupe)
);

-- What the provider said of a message, in the order it came; kept apart from the entry because it
-- may come before the relay knows which entry has this sid.
CREATE TABLE delivery_report (
    id         INTEGER PRIMARY KEY NOT NULL,
    sid        TEXT NOT NULL,
    status     TEXT NOT NULL,
    error_code INTEGER,
    error_text TEXT,
    at         INTEGER NOT NULL
);
CREATE INDEX delivery_report_sid ON delivery_report (sid);

-- Texts that the provider has not taken yet, in the order they were accepted here.
CREATE TABLE outbox (
    entry      TEXT PRIMARY KEY NOT NULL REFERENCES entry (id),
    position   INTEGER NOT NULL UNIQUE,
    line       TEXT NOT NULL,
    address    TEXT NOT NULL,
    state      TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    claimed_at INTEGER
) WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (state, next_at);
CREATE INDEX outbox_order ON outbox (line, address, position);

-- Requests that were carried out: a repeat of the id gets the same answer.
CREATE TABLE request (
    id        TEXT PRIMARY KEY NOT NULL,
    body_hash BLOB NOT NULL,
    subject   TEXT NOT NULL,
    at        INTEGER NOT NULL
) WITHOUT ROWID;

-- Only the SHA-256 of a secret is kept: whoever reads this file can not act as anybody.
CREATE TABLE token (
    id         TEXT PRIMARY KEY NOT NULL,
    agent      TEXT NOT NULL REFERENCES agent (id),
    device     TEXT NOT NULL,
    hash       BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) WITHOUT ROWID;

CREATE TABLE invite (
    hash       BLOB PRIMARY KEY NOT NULL,
    agent      TEXT NOT NULL REFERENCES agent (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) WITHOUT ROWID;
