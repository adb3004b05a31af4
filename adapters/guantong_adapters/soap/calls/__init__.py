"""Calls compiled from a WSDL: per operation and direction a function that writes and one that reads.

They serve both sides: a client writes requests and reads replies, a server reads requests and writes replies.
"""
