-- From version 15 to 16: what cases are found by: keyed digests of the numbers of persons, and of windows.
CREATE TABLE lookup (
  mark BYTEA NOT NULL, subject BIGINT NOT NULL, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, PRIMARY KEY (mark, subject)
);
CREATE INDEX lookup_subject ON lookup (subject);
