"""Simulated systems that speak SOAP: the other side, written by hand from the interface descriptions."""
