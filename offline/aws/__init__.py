"""A Pulumi resource provider for AWS that uses the Terraform AWS provider.

Pulumi's AWS package is generated from that provider, so both have the same resources under different names.
"""
