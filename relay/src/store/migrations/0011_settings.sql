-- What is set, as a JSON document of no more than that: what nobody set holds as the version has it.
CREATE TABLE setting (
    id        TEXT PRIMARY KEY NOT NULL,
    seq       INTEGER NOT NULL,
    document  TEXT NOT NULL,
    edited_at INTEGER NOT NULL,
    edited_by TEXT
) WITHOUT ROWID;

-- Who set which field from what to what, as JSON; nobody's name is the operator.
CREATE TABLE setting_history (
    seq   INTEGER NOT NULL,
    field TEXT NOT NULL,
    at    INTEGER NOT NULL,
    agent TEXT,
    was   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (seq, field)
) WITHOUT ROWID;
