"""Mappings, rules for replies and records held to the WSDL of the system they are for."""
