"""Every SQL statement of roster, by domain word; batches by unnest, values as parameters."""
