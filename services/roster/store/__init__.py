"""The SQL of roster's own tables, by domain word; batches by unnest, values as parameters."""
