"""The SQL of reporting's own tables, in batches."""
