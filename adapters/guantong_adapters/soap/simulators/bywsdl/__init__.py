"""A service of which only the WSDL is known: requests held to it, example replies made from it."""
