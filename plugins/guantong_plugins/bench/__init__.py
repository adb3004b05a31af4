"""The product’s own benchmark: `guantong bench NAME`."""
