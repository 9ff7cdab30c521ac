-- Words are found by an index that holds no texts. It is written behind the commit of the entries,
-- a few at a time: `said_range` says which positions are in it, low excluded and high included.
-- A rowid of `said` is an entry's position, so that the newest hits are read first.
CREATE INDEX entry_position ON entry (position);
CREATE VIRTUAL TABLE said USING fts5 (
    words, parts,
    content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '2 3'
);
CREATE TABLE said_range (
    one  INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    low  INTEGER NOT NULL,
    high INTEGER NOT NULL
);
