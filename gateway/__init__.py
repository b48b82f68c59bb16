"""The only door: routes, identity, limits, webhook signatures. Owns no data; services never call it."""
