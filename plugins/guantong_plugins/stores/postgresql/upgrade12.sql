-- From version 11 to 12: figures are counted without reading the rows.
CREATE INDEX delivery_done ON delivery (target, state) WHERE {finished};
CREATE INDEX delivery_again ON delivery (target, attempts) WHERE attempts > 1;
CREATE INDEX message_counted ON message (system, state);
