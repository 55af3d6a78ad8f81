"""Client of the Terraform AWS provider: finds it, runs it, and calls it with plugin protocol 5."""
