"""What several functions use: clients, logs and metrics, time, retries, errors, and the identity of an input file."""
