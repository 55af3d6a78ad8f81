"""Policy documents of IAM: read as they are written, in every form that AWS takes."""
