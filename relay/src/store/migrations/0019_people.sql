-- What a token may do and until when, when it was last used, and what becomes of the copies of whoever
-- held it. A device's token has no scopes: its agent's role says what it may do.
ALTER TABLE token ADD COLUMN scopes TEXT;
ALTER TABLE token ADD COLUMN expires_at INTEGER;
ALTER TABLE token ADD COLUMN used_at INTEGER;
ALTER TABLE token ADD COLUMN wipe INTEGER NOT NULL DEFAULT 0;

-- Who did what. Each row's hash covers the row and the hash before it; `meta.audit` has the newest,
-- so that rows which are missing at the end are noticed. `actor` is `operator`, `relay`, `nobody` or
-- `agent:ID`; `detail` is a JSON object.
CREATE TABLE audit (
    n       INTEGER PRIMARY KEY NOT NULL,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    deed    TEXT NOT NULL,
    subject TEXT,
    detail  TEXT NOT NULL,
    hash    TEXT NOT NULL
);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
WHEN NEW.n <= (SELECT MAX(n) FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
