"""The SQL of grading's own tables, by domain word. Functions take a connection and speak in batches."""
