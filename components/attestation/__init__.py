"""The attestation tier."""
