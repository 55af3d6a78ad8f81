"""Translates names, types and values between Pulumi's AWS package and the Terraform AWS provider."""
