"""The journey of a message: `accept` takes a record in, `deliver` takes one delivery out."""
