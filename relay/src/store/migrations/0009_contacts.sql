-- What agents know of a person. Fields, labels and opt-outs are JSON: nothing looks for a part of them.
ALTER TABLE contact ADD COLUMN fields TEXT NOT NULL DEFAULT '{}';
ALTER TABLE contact ADD COLUMN notes TEXT;
ALTER TABLE contact ADD COLUMN labels TEXT NOT NULL DEFAULT '[]';
ALTER TABLE contact ADD COLUMN time_zone TEXT;
ALTER TABLE contact ADD COLUMN language TEXT;
ALTER TABLE contact ADD COLUMN opt_outs TEXT NOT NULL DEFAULT '[]';

-- Pages of contacts, most recently touched first.
CREATE INDEX contact_seq ON contact (seq);
-- The conversations of a contact, and of an address whatever the line.
CREATE INDEX conversation_contact ON conversation (contact);
CREATE INDEX conversation_address ON conversation (address);

-- Contacts that were taken in by others: both as they were and what came of them, as JSON, so that
-- it can be taken back.
CREATE TABLE contact_merge (
    id     TEXT PRIMARY KEY NOT NULL,
    kept   TEXT NOT NULL,
    merge  TEXT NOT NULL,
    at     INTEGER NOT NULL,
    undone INTEGER NOT NULL
) WITHOUT ROWID;
