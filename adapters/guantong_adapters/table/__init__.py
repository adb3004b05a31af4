"""The exchange-table adapter (前置库): systems that hand cases over in database tables with a flag column."""
