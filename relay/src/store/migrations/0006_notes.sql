-- Whom a note calls by `@name`, as JSON: a list of ids.
ALTER TABLE entry ADD COLUMN mentions TEXT;
