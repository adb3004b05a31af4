-- What a file of version 4 lacks, for a reader that must not alter it: nothing is known of sites.
CREATE TEMP VIEW site_case AS SELECT '' AS site, 0 AS subject, '' AS way, 0 AS first_at, 0 AS last_at WHERE 0;
CREATE TEMP VIEW site_seen AS SELECT '' AS site, 0 AS first_at, 0 AS last_at WHERE 0;
