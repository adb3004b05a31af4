"""SOAP: calls that carry one record as an argument, in both directions."""
