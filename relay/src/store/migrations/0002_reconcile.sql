-- Comparing with the provider's own lists, and what is found there.

-- How far each list of a line was read. `through` and `wide_at` tell of walks that were completed;
-- the rest is the walk that is under way, so that a restart goes on where it was.
CREATE TABLE reconcile (
    line       TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    through    INTEGER,
    wide_at    INTEGER,
    since      INTEGER,
    started_at INTEGER,
    wide       INTEGER NOT NULL DEFAULT 0,
    next_page  TEXT,
    pages      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (line, purpose)
) WITHOUT ROWID;

-- Texts of unknown fate: when the provider may have made the message, how often its list was
-- looked at, and when to look again; no time once nobody looks any more.
CREATE TABLE doubt (
    entry   TEXT PRIMARY KEY NOT NULL REFERENCES entry (id),
    since   INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    looks   INTEGER NOT NULL,
    next_at INTEGER
) WITHOUT ROWID;
CREATE INDEX doubt_next ON doubt (next_at);

-- Entries that were found in a list, which says how many attachments there are and not where.
CREATE TABLE media_wanted (
    entry   TEXT PRIMARY KEY NOT NULL REFERENCES entry (id),
    tries   INTEGER NOT NULL,
    next_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX media_wanted_next ON media_wanted (next_at);

-- Texts that the provider has had for long without passing them on: few at any time.
CREATE INDEX entry_accepted ON entry (at) WHERE status = 'accepted';
