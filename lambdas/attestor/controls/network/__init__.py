"""Controls of the network."""
