"""A bucket with everything that this house demands of one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.data.expected import ExpectedBucket
from components.data.lifecycle import Lifespan, effects, lifecycle_rules
from components.data.policies import Access, bucket_policy
from components.retention import ObjectLock, kept
from components.shared.documents import document_json
from components.shared.expected import ExpectedResource
from components.shared.statements import Statement


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """What a bucket needs to know.

    Attributes
    ----------
    key_arn
        The customer key of its objects; none for S3's own encryption, which a target of access logs must have.
    lifespan
        When objects go.
    lock
        The object lock of evidence; none where objects may go. A bucket gets it when it is made or never.
    access
        Whom it keeps out whatever IAM allows.
    log_bucket
        Where access to it is logged, in a folder of its own; none for the bucket of access logs itself.
    endpoint_id
        The VPC endpoint through which alone objects are reached; none leaves that open.
    deliveries
        Which AWS services write into it: statements, given its ARN.
    protection
        Whether a deletion of the bucket fails while it holds objects, and the engine refuses to delete evidence;
        without, all goes with it.
    """

    key_arn: Input[str] | None
    lifespan: Lifespan
    lock: ObjectLock | None
    access: Access
    log_bucket: Input[str] | None
    endpoint_id: Input[str] | None
    protection: bool
    deliveries: Callable[[str], Sequence[Statement]] | None = None


class Bucket(pulumi.ComponentResource):
    """A private, versioned bucket, under a customer key but where AWS takes none.

    Attributes
    ----------
    bucket_name, arn
        Name and ARN; both wait for the bucket's policy, so that nobody uses it before its denies stand.
    expected_state
        What is meant of it.
    """

    bucket_name: Output[str]
    arn: Output[str]
    expected_state: list[ExpectedResource]

    def __init__(self, name: str, args: BucketArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("strongroom:data:StrongBucket", name, {}, opts)
        child = ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(
            name,
            force_destroy=not args.protection,
            object_lock_enabled=args.lock is not None,
            opts=kept(self, args.protection and args.lock is not None),
        )
        aws.s3.BucketOwnershipControls(
            name, bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
        )
        block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            name, bucket=bucket.id, rules=[_encryption(args.key_arn)], opts=child
        )
        versioning = aws.s3.BucketVersioning(
            name, bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=child
        )
        # Rules on old versions, and a lock of objects, need versions.
        versioned = ResourceOptions(parent=self, depends_on=[versioning])
        aws.s3.BucketLifecycleConfiguration(
            name, bucket=bucket.id, rules=lifecycle_rules(args.lifespan), opts=versioned
        )
        ready: list[Output[str]] = [versioning.id]
        if args.lock is not None:
            locking = aws.s3.BucketObjectLockConfiguration(
                name,
                bucket=bucket.id,
                rule={"default_retention": {"mode": args.lock.mode, "years": args.lock.years}},
                opts=versioned,
            )
            ready.append(locking.id)
        if args.log_bucket is not None:
            aws.s3.BucketLogging(
                name, bucket=bucket.id, target_bucket=args.log_bucket, target_prefix=f"{name}/", opts=child
            )
        document = aws.s3.BucketPolicy(
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
            opts=ResourceOptions(parent=self, depends_on=[block]),  # the two race for the same setting on AWS
        )

        known = Output.all(document.id, *ready)
        self.bucket_name = known.apply(lambda _: bucket.bucket)
        self.arn = known.apply(lambda _: bucket.arn)
        self.expected_state = [
            ExpectedBucket(
                name=bucket.bucket,
                key_arn=args.key_arn,
                policy=document.policy,
                lifecycle=effects(args.lifespan),
                lock=(args.lock.mode, args.lock.years) if args.lock else None,
                log_bucket=args.log_bucket,
            )
        ]
        self.register_outputs({"bucket_name": self.bucket_name, "arn": self.arn})


def _encryption(key_arn: Input[str] | None) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    if key_arn is None:
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    return {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn},
        "bucket_key_enabled": True,
    }
