"""Moving what is kept from the embedded store to PostgreSQL (搬迁)."""
