"""The Pulumi engine without its official release: the CLI built from Go modules, and a language host for Python."""
