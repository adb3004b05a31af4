"""`guantong doctor` (体检): proves that what is stored keeps the promises, and says what to do where it does not."""
