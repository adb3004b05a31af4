"""A simulated county's case exchange service, with its WSDL: other people's interface, written by hand."""
