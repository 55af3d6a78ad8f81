"""The replication tier."""
