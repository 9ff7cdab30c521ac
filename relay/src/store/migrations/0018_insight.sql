-- What customers' texts seem to say, told beside them behind their commit; and what a machine wrote.

-- `insight` is JSON; `suggestion` is what might be answered; `ai_confidence` stands at texts of ours
-- whose words a machine made, in percent.
ALTER TABLE entry ADD COLUMN insight TEXT;
ALTER TABLE entry ADD COLUMN suggestion TEXT;
ALTER TABLE entry ADD COLUMN ai_confidence INTEGER;
-- At most one a conversation.
CREATE INDEX entry_suggested ON entry (conversation) WHERE suggestion IS NOT NULL;

-- Who judges, and up to which position everything was judged or passed over.
CREATE TABLE insight_place (
    one     INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    adapter TEXT NOT NULL,
    high    INTEGER NOT NULL
);

-- What the endpoint costs: billionths of a unit, by days since 1970 in UTC.
CREATE TABLE insight_cost (
    day   INTEGER PRIMARY KEY NOT NULL,
    spent INTEGER NOT NULL
);

-- Texts that a rule wants answered in words that are still to be made.
CREATE TABLE insight_wanted (
    entry TEXT PRIMARY KEY NOT NULL,
    rule  TEXT NOT NULL
) WITHOUT ROWID;
