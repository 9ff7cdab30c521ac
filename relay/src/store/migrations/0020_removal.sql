-- What was erased or purged, as far as it has to be known.

-- The provider's ids of texts that are gone: its lists and its callbacks go on naming them, and none
-- may come back by that.
CREATE TABLE gone (
    sid TEXT PRIMARY KEY NOT NULL
) WITHOUT ROWID;

-- What erased people have said about being texted. `who` is a keyed hash of the address; the key is
-- `meta.suppression`. The rest is as in `consent`.
CREATE TABLE suppressed (
    id      TEXT PRIMARY KEY NOT NULL,
    who     BLOB NOT NULL,
    line    TEXT,
    service TEXT,
    consent TEXT NOT NULL,
    means   TEXT NOT NULL,
    at      INTEGER NOT NULL,
    noted   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX suppressed_who ON suppressed (who);

-- Texts that came in and are gone: they are in `inbound_total`, which unread is counted by.
ALTER TABLE conversation ADD COLUMN inbound_gone INTEGER NOT NULL DEFAULT 0;

-- What is not a text, by time; texts have `entry_at`.
CREATE INDEX entry_aside_at ON entry (at) WHERE entry_kind <> 'message';
