-- From version 12 to 13: cases that are frozen; what a message needs, found by the message.
CREATE TABLE frozen (subject BIGINT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, why TEXT NOT NULL);
CREATE INDEX blob_ref_message ON blob_ref (message);
