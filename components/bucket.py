"""A bucket with everything that this house demands of one."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.documents.bucket import bucket_policy
from components.rendering import rendered

_ABORT_DAYS = 7
"""An upload that has not ended after a week will not."""


@dataclass(frozen=True, kw_only=True)
class StrongBucketArgs:
    """What a bucket needs to know.

    Attributes
    ----------
    key_arn
        The customer key of its objects.
    expire_days
        Age in days at which objects go; none keeps them.
    old_version_days
        Days for which a version that was overwritten or deleted is kept; none keeps them.
    evidence
        Whether it holds what has to last: the engine then refuses to delete it while `protection` is on.
    protection
        Whether a deletion of the bucket fails while it holds objects; without, they go with it.
    """

    key_arn: Input[str]
    expire_days: int | None
    old_version_days: int | None
    evidence: bool
    protection: bool


class StrongBucket(pulumi.ComponentResource):
    """A private, versioned bucket under a customer key.

    Attributes
    ----------
    bucket_name, arn
        Name and ARN; both wait for the bucket's policy, so that nobody uses it before its denies stand.
    """

    bucket_name: Output[str]
    arn: Output[str]

    def __init__(self, name: str, args: StrongBucketArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:data:StrongBucket", name, {}, opts)
        child = ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(
            name,
            force_destroy=not args.protection,
            opts=ResourceOptions(parent=self, protect=args.protection and args.evidence),
        )
        aws.s3.BucketOwnershipControls(
            name, bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
        )
        access = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": args.key_arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=child,
        )
        versioning = aws.s3.BucketVersioning(
            name, bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=child
        )
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.id,
            rules=lifecycle_rules(args.expire_days, args.old_version_days),
            opts=ResourceOptions(parent=self, depends_on=[versioning]),  # rules on old versions need versions
        )
        document = aws.s3.BucketPolicy(
            name,
            bucket=bucket.id,
            policy=rendered(bucket_policy, bucket_arn=bucket.arn, key_arn=args.key_arn),
            opts=ResourceOptions(parent=self, depends_on=[access]),  # the two race for the same setting on AWS
        )

        ready = Output.all(document.id, versioning.id)
        self.bucket_name = ready.apply(lambda _: bucket.bucket)
        self.arn = ready.apply(lambda _: bucket.arn)
        self.register_outputs({"bucket_name": self.bucket_name, "arn": self.arn})


def lifecycle_rules(
    expire_days: int | None, old_version_days: int | None
) -> list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]:
    """Return the rules of a bucket: aborted uploads always go, objects and old versions when their days are over."""
    rules: list[aws.s3.BucketLifecycleConfigurationRuleArgsDict] = [
        {
            "id": "aborted-uploads",
            "status": "Enabled",
            "filter": {},
            "abort_incomplete_multipart_upload": {"days_after_initiation": _ABORT_DAYS},
        }
    ]
    if expire_days is not None:
        rules.append({"id": "expire", "status": "Enabled", "filter": {}, "expiration": {"days": expire_days}})
    if old_version_days is not None:
        rules.append(
            {
                "id": "old-versions",
                "status": "Enabled",
                "filter": {},
                "noncurrent_version_expiration": {"noncurrent_days": old_version_days},
            }
        )
    return rules
