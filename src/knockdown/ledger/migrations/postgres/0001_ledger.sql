-- Runs with search_path = knockdown. COLLATE "C": the same order of text on every server.
-- The one row of `ledger` is what writers lock, so that positions are given in the order of commits.
CREATE TABLE ledger (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    ledger_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    last_position BIGINT NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE entry (
    position BIGINT NOT NULL PRIMARY KEY,
    writer TEXT COLLATE "C" NOT NULL CHECK (writer IN ('floor', 'plan', 'twin')),
    run TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    schema BIGINT NOT NULL,
    happened_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    place TEXT COLLATE "C",
    cause TEXT COLLATE "C",
    event_id TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL
);

CREATE UNIQUE INDEX entry_by_event_id ON entry (event_id);
CREATE UNIQUE INDEX entry_of_floor ON entry (subject, version) WHERE writer = 'floor';
CREATE UNIQUE INDEX entry_of_run ON entry (writer, run, subject, version) WHERE writer <> 'floor';

CREATE FUNCTION entry_refuse() RETURNS trigger LANGUAGE plpgsql
SET search_path = knockdown, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'entries of the ledger are never changed' USING ERRCODE = 'restrict_violation';
    ELSIF TG_OP = 'DELETE' OR EXISTS (SELECT 1 FROM entry WHERE writer = 'floor') THEN
        RAISE EXCEPTION 'entries of the floor are never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
FOR EACH ROW EXECUTE FUNCTION entry_refuse();

CREATE TRIGGER entry_of_floor_is_never_deleted BEFORE DELETE ON entry
FOR EACH ROW WHEN (OLD.writer = 'floor') EXECUTE FUNCTION entry_refuse();

CREATE TRIGGER entry_of_floor_is_never_truncated BEFORE TRUNCATE ON entry
FOR EACH STATEMENT EXECUTE FUNCTION entry_refuse();

-- ALWAYS: not even a session that plays replica passes them by.
ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_is_never_changed;
ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_of_floor_is_never_deleted;
ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_of_floor_is_never_truncated;

CREATE TABLE chain (
    chain TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    length BIGINT NOT NULL,
    position BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    provenance TEXT COLLATE "C" NOT NULL,
    started_at BIGINT NOT NULL,
    pruned_at BIGINT
) WITH (fillfactor = 30);

-- Keys, seals and snapshots.
CREATE TABLE note (
    sort TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (sort, name)
);

-- The only place where names of people stand; entries hold their ids.
CREATE TABLE person (
    person_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sort TEXT COLLATE "C" NOT NULL CHECK (sort IN ('person', 'customer')),
    name TEXT COLLATE "C" NOT NULL
);
-- Statistics would keep samples of the names beyond their erasure.
ALTER TABLE person ALTER COLUMN name SET STATISTICS 0;
