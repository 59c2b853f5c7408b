CREATE TABLE ledger (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    ledger_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_position INTEGER NOT NULL
) STRICT;

-- Without a rowid every field stands in the row itself, so that no byte of it goes unread by `verify`.
CREATE TABLE entry (
    position INTEGER NOT NULL PRIMARY KEY,
    writer TEXT NOT NULL CHECK (writer IN ('floor', 'plan', 'twin')),
    run TEXT NOT NULL,
    subject TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    schema INTEGER NOT NULL,
    happened_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    place TEXT,
    cause TEXT,
    event_id TEXT NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX entry_by_event_id ON entry (event_id);
CREATE UNIQUE INDEX entry_of_floor ON entry (subject, version) WHERE writer = 'floor';
CREATE UNIQUE INDEX entry_of_run ON entry (writer, run, subject, version) WHERE writer <> 'floor';

CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN
    SELECT RAISE(ABORT, 'entries of the ledger are never changed');
END;

CREATE TRIGGER entry_of_floor_is_never_deleted BEFORE DELETE ON entry WHEN OLD.writer = 'floor'
BEGIN
    SELECT RAISE(ABORT, 'entries of the floor are never deleted');
END;

-- INSERT OR REPLACE would delete without the trigger above.
CREATE TRIGGER entry_is_never_replaced BEFORE INSERT ON entry
WHEN EXISTS (SELECT 1 FROM entry WHERE position = NEW.position)
    OR EXISTS (SELECT 1 FROM entry WHERE event_id = NEW.event_id)
    OR (NEW.writer = 'floor' AND EXISTS (
        SELECT 1 FROM entry WHERE writer = 'floor' AND subject = NEW.subject AND version = NEW.version))
BEGIN
    SELECT RAISE(ABORT, 'entries of the ledger are never replaced');
END;

CREATE TABLE chain (
    chain TEXT NOT NULL PRIMARY KEY,
    length INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL,
    provenance TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    pruned_at INTEGER
) STRICT, WITHOUT ROWID;

-- Keys, seals and snapshots.
CREATE TABLE note (
    sort TEXT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (sort, name)
) STRICT, WITHOUT ROWID;

-- The only place where names of people stand; entries hold their ids.
CREATE TABLE person (
    person_id TEXT NOT NULL PRIMARY KEY,
    sort TEXT NOT NULL CHECK (sort IN ('person', 'customer')),
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
