"""Every SQL statement of grading, by domain word. Functions take a connection and speak in batches."""
