"""What a system's WSDL says: gathered with all its imports, kept on disk, read into plain data."""
