-- From version 10 to 11: wrong passwords at kiosks.
CREATE TABLE tried (key BYTEA PRIMARY KEY, since BIGINT NOT NULL, times BIGINT NOT NULL);
CREATE INDEX tried_since ON tried (since);
