-- What a file of version 9 lacks, for a reader that must not alter it: nothing is held.
CREATE TEMP VIEW hold AS SELECT '' AS name, 0 AS at, '' AS actor, '' AS reason, 0 AS inbound WHERE 0;
