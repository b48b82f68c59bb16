"""The contract between services: one module per producer, a golden schema and an example per event."""
