"""The paperwork of a county, written from its configuration: what its vendor, its network's administrators and both signatories get."""
