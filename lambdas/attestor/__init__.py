"""The attestor: reads back what is deployed, compares it with what was meant, and leaves evidence."""
