-- What people have said about being texted, one row each time. Rows are only added: it is the account
-- that is given to whoever asks. Of an address, not of a contact: who has the address does not matter.
CREATE TABLE consent (
    id      TEXT PRIMARY KEY NOT NULL,
    -- Theirs.
    address TEXT NOT NULL,
    -- About which line of ours, NULL for all; the messaging service that it was part of.
    line    TEXT,
    service TEXT,
    -- 'in' or 'out', and how we know.
    consent TEXT NOT NULL,
    means   TEXT NOT NULL,
    -- What was said: the text that said it, or the text that came back; who wrote it down.
    entry   TEXT,
    agent   TEXT,
    -- When it was said, and when we learned it.
    at      INTEGER NOT NULL,
    noted   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX consent_address ON consent (address);
CREATE INDEX consent_noted ON consent (noted);
CREATE INDEX consent_entry ON consent (entry);

-- The messaging service that the last text to a number came by.
CREATE TABLE line_service (
    line    TEXT PRIMARY KEY NOT NULL,
    service TEXT NOT NULL
) WITHOUT ROWID;

-- Texts that nobody typed: each goes once for ever, however often it is decided. And until when it may
-- wait.
CREATE TABLE automatic (
    key        TEXT PRIMARY KEY NOT NULL,
    entry      TEXT NOT NULL UNIQUE REFERENCES entry (id),
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What people wrote goes first: 0 theirs, 1 what nobody typed.
ALTER TABLE outbox ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
DROP INDEX outbox_line_order;
CREATE INDEX outbox_line_order ON outbox (line, state, rank, position);
