-- From version 7 to 8: what was told of matters and no version of the catalogue holds yet.
CREATE TABLE matter_told (event INTEGER PRIMARY KEY) STRICT;
