"""The Pulumi engine where it cannot be downloaded: its command line from Go modules, its Python language host."""
