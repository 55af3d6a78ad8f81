"""Parts that several tiers use."""
