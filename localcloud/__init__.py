"""What a machine needs to run a stack without a cloud account, Docker or a Pulumi download."""
