"""What adapters that speak over HTTP share."""
