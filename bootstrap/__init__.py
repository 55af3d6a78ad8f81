"""What a stack needs in an empty AWS account: a state bucket, a secrets key, and the roles of pipelines and people."""
