"""The resource provider: Pulumi's gRPC service, and its operations on the Terraform provider."""
