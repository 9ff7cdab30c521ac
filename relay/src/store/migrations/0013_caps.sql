-- What nobody typed is counted, by whom it went to and by when it went.
CREATE INDEX entry_automatic ON entry (conversation, at)
    WHERE author >= 'automation:' AND author < 'automation;' AND direction = 'outbound';
CREATE INDEX entry_automatic_at ON entry (at)
    WHERE author >= 'automation:' AND author < 'automation;' AND direction = 'outbound';
