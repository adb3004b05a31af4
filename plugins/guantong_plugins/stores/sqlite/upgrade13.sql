-- From version 12 to 13: cases that are frozen; what a message needs, found by the message.
CREATE TABLE frozen (subject INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, why TEXT NOT NULL) STRICT;
CREATE INDEX blob_ref_message ON blob_ref (message);
