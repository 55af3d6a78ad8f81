"""A private, versioned bucket under a customer key."""

from collections.abc import Callable
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Output

from components.base import Component
from components.data.expected import expected_bucket
from components.data.lifecycle import MINIMUM_TRANSITION_SIZE, Lifespan, lifecycle_effects, lifecycle_rules
from components.data.policies import Access, bucket_policy
from components.retention import ObjectLock
from components.shared.documents import document_json
from components.shared.statements import Statement


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """Inputs of a bucket.

    Attributes
    ----------
    key_arn
        Customer key of the objects; None for S3's own encryption, which a target of access logs requires.
    lifespan
        When objects expire.
    lock
        Object lock of new objects; None for none. S3 enables it only when a bucket is created.
    access
        Access restrictions that hold whatever IAM allows.
    log_bucket
        Bucket that receives the access logs, under a prefix of this bucket's name; None logs nothing.
    endpoint_id
        VPC endpoint through which objects are reached; None leaves the perimeter open.
    deliveries
        Statements that let AWS services write, given the bucket's ARN.
    protection
        Whether a bucket that is not empty refuses deletion, and the engine refuses to delete a locked one. Without
        protection, deleting the bucket deletes its objects.
    """

    key_arn: Input[str] | None
    lifespan: Lifespan
    lock: ObjectLock | None
    access: Access
    log_bucket: Input[str] | None
    endpoint_id: Input[str] | None
    protection: bool
    deliveries: Callable[[str], list[Statement]] | None = None


class Bucket(Component[BucketArgs]):
    """A bucket with versioning, default encryption, lifecycle, public access block, explicit denies and access logs.

    Attributes
    ----------
    bucket_name, arn
        Name and ARN. Both wait for the bucket policy, so that nothing uses the bucket before its denies are in force.
    """

    bucket_name: Output[str]
    arn: Output[str]

    def create(self, name: str, args: BucketArgs) -> None:
        """Create the bucket and its configuration."""
        bucket = aws.s3.Bucket(
            name,
            force_destroy=not args.protection,
            object_lock_enabled=args.lock is not None,
            opts=self.protected_child(args.protection and args.lock is not None),
        )
        aws.s3.BucketOwnershipControls(
            name, bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=self.child
        )
        public_access_block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name, bucket=bucket.id, rules=[_encryption(args.key_arn)], opts=self.child
        )
        versioning = aws.s3.BucketVersioning(
            name, bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=self.child
        )
        # Rules about noncurrent versions, and object lock, require versioning.
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.id,
            rules=lifecycle_rules(args.lifespan),
            transition_default_minimum_object_size=MINIMUM_TRANSITION_SIZE,
            opts=self.child_after(versioning),
        )
        configured: list[Output[str]] = [versioning.id]
        if args.lock is not None:
            object_lock = aws.s3.BucketObjectLockConfiguration(
                name,
                bucket=bucket.id,
                rule={"default_retention": {"mode": args.lock.mode, "years": args.lock.years}},
                opts=self.child_after(versioning),
            )
            configured.append(object_lock.id)
        if args.log_bucket is not None:
            aws.s3.BucketLogging(
                name, bucket=bucket.id, target_bucket=args.log_bucket, target_prefix=f"{name}/", opts=self.child
            )
        policy = aws.s3.BucketPolicy(
            name,
            bucket=bucket.id,
            policy=document_json(
                lambda bucket_arn, key_arn, endpoint_id: bucket_policy(
                    bucket_arn=bucket_arn,
                    key_arn=key_arn,
                    access=args.access,
                    endpoint_id=endpoint_id,
                    deliveries=args.deliveries(bucket_arn) if args.deliveries else (),
                ),
                bucket_arn=bucket.arn,
                key_arn=args.key_arn,
                endpoint_id=args.endpoint_id,
            ),
            opts=self.child_after(public_access_block),  # S3 refuses to change both at the same time
        )

        ready = Output.all(policy.id, *configured)
        self.bucket_name = ready.apply(lambda _: bucket.bucket)
        self.arn = ready.apply(lambda _: bucket.arn)
        self.expect(
            expected_bucket(
                name=bucket.bucket,
                key_arn=args.key_arn,
                policy=policy.policy,
                lifecycle=lifecycle_effects(args.lifespan),
                lock=(args.lock.mode, args.lock.years) if args.lock else None,
                log_bucket=args.log_bucket,
            )
        )


def _encryption(key_arn: Input[str] | None) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    if key_arn is None:
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    return {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn},
        "bucket_key_enabled": True,
    }
