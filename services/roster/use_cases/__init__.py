"""What roster does, one function each: the transaction, the rules, the rows, the events."""
