"""The embedded stack: PostgreSQL, a Kafka-protocol broker, the services and a sample province on one machine."""
