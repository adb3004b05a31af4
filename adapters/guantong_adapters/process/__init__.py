"""Any executable as an adapter: a process of its own that keeps to the wire of compartments."""
