-- From version 8 to 9: a backfill may read a folder of files instead of the system itself.
ALTER TABLE backfill ADD COLUMN folder TEXT NOT NULL DEFAULT '';
