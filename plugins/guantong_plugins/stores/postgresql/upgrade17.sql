-- From version 16 to 17: what came of reconciling a system's books of a day.
CREATE TABLE reconciliation (
  system {word} NOT NULL, day {word} NOT NULL, at BIGINT NOT NULL, actor {word} NOT NULL, counts TEXT NOT NULL, PRIMARY KEY (system, day)
);
