-- What a file of version 5 lacks, for a reader that must not alter it: nothing was backfilled.
CREATE TEMP VIEW message AS SELECT *, 0 AS backfill FROM main.message;
CREATE TEMP VIEW delivery AS SELECT *, 0 AS low FROM main.delivery;
CREATE TEMP VIEW backfill AS SELECT 0 AS id, '' AS system, 0 AS since, 0 AS until, 0.0 AS rate, '' AS actor, '' AS state,
  '' AS cursor, 0 AS read, 0 AS skipped, 0 AS refused, 0 AS started_at, 0 AS ended_at, '' AS folder WHERE 0;
