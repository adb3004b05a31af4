"""Protocol adapters: one protocol is one module or folder, its simulator beside it."""
