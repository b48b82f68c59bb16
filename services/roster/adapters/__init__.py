"""The outside world beside the database: workbooks and the object store."""
