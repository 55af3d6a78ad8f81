"""Code that rules share."""
