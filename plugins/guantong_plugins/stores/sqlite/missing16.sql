-- What a file of version 16 lacks, for a reader that must not alter it: nothing was reconciled there.
CREATE TEMP TABLE reconciliation (
  system TEXT NOT NULL, day TEXT NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (system, day)
);
