-- What a file of version 12 lacks, for a reader that must not alter it: no case is frozen there.
CREATE TEMP TABLE frozen (subject INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, why TEXT NOT NULL);
