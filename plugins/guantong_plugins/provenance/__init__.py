"""Where a case came from, in the forms of others: W3C PROV-JSON and OpenLineage."""
