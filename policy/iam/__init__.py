"""IAM policy documents, in every form that AWS accepts."""
