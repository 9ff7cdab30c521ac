-- What answers or sorts what customers write: one row a rule, `source` is its part of the team's text
-- and `says` the same as JSON. `place` is where it stands in that text.
CREATE TABLE rule (
    id         TEXT PRIMARY KEY NOT NULL,
    seq        INTEGER NOT NULL,
    place      INTEGER NOT NULL,
    name       TEXT NOT NULL,
    folded     TEXT NOT NULL UNIQUE,
    source     TEXT NOT NULL,
    says       TEXT NOT NULL,
    hits       INTEGER NOT NULL,
    hit_at     INTEGER,
    edited_seq INTEGER NOT NULL,
    edited_at  INTEGER NOT NULL,
    edited_by  TEXT
) WITHOUT ROWID;

-- Every text of rules that held, and who wrote it; nobody for the operator.
CREATE TABLE rule_history (
    seq   INTEGER PRIMARY KEY NOT NULL,
    at    INTEGER NOT NULL,
    agent TEXT,
    text  TEXT NOT NULL
);
