-- What an activity entry tells of, as JSON: a list of changed fields, each from what to what.
ALTER TABLE entry ADD COLUMN activity TEXT;
