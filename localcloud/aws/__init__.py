"""The AWS resource plugin where the official one cannot be downloaded: an adapter over the Terraform AWS provider.

Pulumi's AWS package is generated from that provider, so the two know the same resources by different names.
"""
