-- Sending at a rate, giving up by age, and pausing while the provider refuses the account.

-- Why nothing is sent from a line, as JSON; NULL where it sends.
ALTER TABLE line ADD COLUMN paused TEXT;

-- What a text costs of its line's rate.
ALTER TABLE outbox ADD COLUMN segments INTEGER NOT NULL DEFAULT 1;
-- Since when its waiting counts: when it was queued, later by as long as its line was paused.
ALTER TABLE outbox ADD COLUMN waits_since INTEGER NOT NULL DEFAULT 0;
-- The provider's last code for not taking it yet.
ALTER TABLE outbox ADD COLUMN last_code INTEGER;
UPDATE outbox SET
    segments = COALESCE((SELECT e.segments FROM entry AS e WHERE e.id = outbox.entry), 1),
    waits_since = COALESCE((SELECT e.at FROM entry AS e WHERE e.id = outbox.entry), 0);

-- The next texts of one line, in order and by when they are due; the oldest of all.
CREATE INDEX outbox_line_order ON outbox (line, state, position);
CREATE INDEX outbox_line_due ON outbox (line, state, next_at);
CREATE INDEX outbox_age ON outbox (state, waits_since);
DROP INDEX outbox_due;
