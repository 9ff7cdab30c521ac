-- Texts that wait for their time.

-- When it goes out or was to go out; the zone in which its author thought of that; whether a text of
-- the customer cancels it; since when it waits for somebody to decide.
ALTER TABLE entry ADD COLUMN send_at INTEGER;
ALTER TABLE entry ADD COLUMN zone TEXT;
ALTER TABLE entry ADD COLUMN cancel_on_reply INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entry ADD COLUMN held_since INTEGER;

-- Which goes next, and which wait in one conversation: few at any time.
CREATE INDEX entry_timed ON entry (send_at) WHERE status = 'scheduled';
CREATE INDEX entry_timed_in ON entry (conversation) WHERE status = 'scheduled';
