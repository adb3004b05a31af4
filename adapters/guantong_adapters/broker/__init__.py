"""What adapters that speak through a message broker share, whatever their protocol."""
