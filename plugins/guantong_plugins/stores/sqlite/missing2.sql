-- What a file of version 2 lacks, for a reader that must not alter it: there are none.
CREATE TEMP VIEW watch AS SELECT 0 AS subject, 0 AS look_at, '' AS state, '' AS kind, 0 AS due, '' AS region, '' AS item, '' AS item_name, '' AS org, '' AS window, '' AS window_name, '' AS noted
  WHERE 0;
CREATE TEMP VIEW warning AS SELECT 0 AS subject, '' AS identity, '' AS level, '' AS verdict, 0 AS open, '' AS clock, 0 AS expected_at, '' AS no, 0 AS raised_at, 0 AS event, 0 AS reply_by, 0 AS replied_at, 0 AS withdrawn_at
  WHERE 0;
