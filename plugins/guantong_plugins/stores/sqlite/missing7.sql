-- What a file of version 7 lacks, for a reader that must not alter it: nothing is to be taken.
CREATE TEMP VIEW matter_told AS SELECT 0 AS event WHERE 0;
