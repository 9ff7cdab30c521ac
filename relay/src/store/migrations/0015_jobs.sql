-- Appointments. `place`, `location`, `notices` and `variables` are JSON: what a job holds beside what
-- is looked for. `remind_at` is set as long as the customer is to be reminded.
CREATE TABLE job (
    id           TEXT PRIMARY KEY NOT NULL,
    seq          INTEGER NOT NULL,
    contact      TEXT NOT NULL,
    conversation TEXT NOT NULL,
    technician   TEXT,
    starts_at    INTEGER NOT NULL,
    ends_at      INTEGER,
    zone         TEXT NOT NULL,
    place        TEXT,
    address      TEXT,
    status       TEXT NOT NULL,
    location     TEXT,
    remind_at    INTEGER,
    notices      TEXT NOT NULL,
    variables    TEXT NOT NULL,
    edited_seq   INTEGER NOT NULL,
    edited_by    TEXT,
    created_at   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX job_time ON job (starts_at, id);
CREATE INDEX job_contact ON job (contact);
CREATE INDEX job_reminder ON job (remind_at) WHERE remind_at IS NOT NULL;
