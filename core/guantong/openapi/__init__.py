"""Our own endpoints described by OpenAPI 3.1: for vendors who call us, and for who looks after the hub.

Source: the configuration alone. What a door takes comes from the same mappings that read it.
"""
