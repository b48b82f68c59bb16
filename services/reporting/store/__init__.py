"""Every SQL statement of reporting, in batches."""
