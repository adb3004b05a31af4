"""A county drafted from its WSDL: the records it takes, the settings, the rules for its replies, a service of ours it can call."""
