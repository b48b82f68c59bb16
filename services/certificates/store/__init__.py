"""The SQL of certificates's own tables, by domain word. Functions take a connection and speak in batches."""
