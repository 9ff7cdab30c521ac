-- Texts that are written once and sent often. `folded` and `shortcut_folded` are what names are
-- compared by; `owner` is empty for the team's.
CREATE TABLE template (
    id              TEXT PRIMARY KEY NOT NULL,
    seq             INTEGER NOT NULL,
    name            TEXT NOT NULL,
    folded          TEXT NOT NULL,
    key             TEXT UNIQUE,
    shortcut        TEXT,
    shortcut_folded TEXT,
    folder          TEXT,
    owner           TEXT NOT NULL,
    body            TEXT NOT NULL,
    translations    TEXT NOT NULL,
    uses            INTEGER NOT NULL,
    used_at         INTEGER,
    edited_seq      INTEGER NOT NULL,
    edited_at       INTEGER NOT NULL,
    edited_by       TEXT,
    created_at      INTEGER NOT NULL,
    UNIQUE (owner, folded),
    UNIQUE (owner, shortcut_folded)
) WITHOUT ROWID;
CREATE INDEX template_seq ON template (seq);

-- Who did what to a template: made it, edited it (`fields` as a JSON list), deleted it. What it was
-- called then is kept, for it may be gone.
CREATE TABLE template_history (
    template TEXT NOT NULL,
    at       INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    agent    TEXT NOT NULL,
    did      TEXT NOT NULL,
    name     TEXT NOT NULL,
    fields   TEXT NOT NULL,
    PRIMARY KEY (template, seq)
) WITHOUT ROWID;
