"""WS-Security (OASIS WSS 1.1): a user name token and an X.509 signature, put into what we send and asked of what calls us."""
