-- From version 3 to 4: what was shadowed is found without a scan.
CREATE INDEX delivery_shadowed ON delivery (target, id) WHERE {shadowed};
