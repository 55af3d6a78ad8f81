"""One resource of each type that a few rules apply to: all compliant, or all in violation."""

import pulumi
import pulumi_aws as aws

compliant = pulumi.Config().require_bool("compliant")
tags = {
    "environment": "local",
    "owner": "payments",
    "cost-centre": "4711",
    "data-classification": "restricted",
    "project": "sample",
    "stack": "local",
    "managed-by": "pulumi",
    "repository": "sample",
}
if not compliant:
    tags |= {"environment": "staging"}
    del tags["owner"]

key = aws.kms.Key("key", enable_key_rotation=True, tags=tags)


class Vault(pulumi.ComponentResource):
    """A bucket whose encryption is a resource of its own, both inside a component."""

    def __init__(self, name: str) -> None:
        super().__init__("sample:index:Vault", name)
        child = pulumi.ResourceOptions(parent=self)
        self.bucket = aws.s3.Bucket(name, tags=tags, opts=child)
        aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=self.bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": key.arn if compliant else "alias/aws/s3",
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=child,
        )
        self.register_outputs({})


Vault("vault")
if not compliant:
    aws.s3.Bucket("bare", tags=tags)

aws.dynamodb.Table(
    "table",
    attributes=[{"name": "pk", "type": "S"}],
    hash_key="pk",
    billing_mode="PAY_PER_REQUEST",
    server_side_encryption={"enabled": True, "kms_key_arn": key.arn} if compliant else None,
    tags=tags,
)
aws.sqs.Queue("queue", kms_master_key_id=key.arn if compliant else "alias/aws/sqs", tags=tags)
aws.sns.Topic("topic", kms_master_key_id=key.arn if compliant else None, tags=tags)
aws.cloudwatch.LogGroup(
    "logs", kms_key_id=key.arn if compliant else None, retention_in_days=3653 if compliant else 30, tags=tags
)
# Its key is another stack's to name: nothing before the update can tell whose it is.
aws.sqs.Queue(
    "later", kms_master_key_id=aws.ssm.Parameter("key-id", type="String", value="x", tags=tags).arn, tags=tags
)
