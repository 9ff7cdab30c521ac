-- What an activity entry tells of, as JSON: a list of changed fields, each from what to what.
ALTER TABLE entry ADD COLUMN activity TEXT;

-- Who comes back next.
CREATE INDEX conversation_snoozed ON conversation (snoozed_until) WHERE snoozed_until IS NOT NULL;
