-- What a file of version 1 lacks, for a reader that must not alter it: there are none.
CREATE TEMP VIEW finding AS SELECT 0 AS id, '' AS kind, 0 AS ordinary, 0 AS at, 0 AS subject, '' AS identity,
  '' AS system, '' AS region, 0 AS message, 0 AS delivery, '' AS detail, 0 AS settled_at, '' AS settled_by, '' AS why
  WHERE 0;
