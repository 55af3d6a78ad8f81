"""The tiers of Strongroom as Pulumi components, and what they share."""
