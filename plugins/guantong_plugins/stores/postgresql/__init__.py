"""The store of grown mode: PostgreSQL through psycopg 3, one writing session, group commit."""
