"""Every SQL statement of certificates, by domain word. Functions take a connection and speak in batches."""
