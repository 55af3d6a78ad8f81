"""The attestor: compares the expected state with the actual state of what is deployed, and stores evidence."""
