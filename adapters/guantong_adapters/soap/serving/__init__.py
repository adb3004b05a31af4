"""Our side of a WSDL: calls are read, answered and refused as it says, and it is handed out."""
