-- What a file of version 8 lacks, for a reader that must not alter it: every backfill read the system itself. Of version 5
-- and before there is a view already.
CREATE TEMP VIEW IF NOT EXISTS backfill AS SELECT *, '' AS folder FROM main.backfill;
