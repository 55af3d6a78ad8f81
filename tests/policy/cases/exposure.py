from typing import Any

from policy.rules._helpers.resource_types import (
    BUCKET_ACL,
    BUCKET_POLICY,
    BUCKET_PUBLIC_ACCESS,
    FUNCTION_PERMISSION,
    FUNCTION_URL,
    QUEUE,
    QUEUE_POLICY,
    SECRET,
    TOPIC,
)
from tests.policy.cases import FAIL, OPEN, PASS, UNKNOWN, allow, beside, case, declare, document
from tests.policy.support import BUCKET, BUCKET_V2

ROLE = "aws:iam/role:Role"
PUBLIC, CLOSED, CALLED = "bucket-is-not-public", "resource-policy-is-closed", "function-is-not-public"
IT = declare(BUCKET, "it")
ALL_FOUR = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


def queue(**rest: Any) -> Any:
    return declare(QUEUE_POLICY, inputs={"policy": document(allow("sqs:SendMessage", "*", **rest))})


GITHUB = "token.actions.githubusercontent.com"


def taken(principal: Any, **rest: Any) -> Any:
    given = {} if principal is None else {"Principal": principal}
    return declare(
        ROLE, inputs={"assumeRolePolicy": document({"Effect": "Allow", "Action": "sts:AssumeRole", **given, **rest})}
    )


def federated(provider: str, **condition: Any) -> Any:
    arn = f"arn:aws:iam::111122223333:oidc-provider/{provider}"
    return taken({"Federated": arn}, Action="sts:AssumeRoleWithWebIdentity", Condition=condition)


def owned(ownership: Any) -> Any:
    return declare(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls", inputs={"rule": {"objectOwnership": ownership}}
    )


OURS = {"StringEquals": {"aws:SourceAccount": "111122223333"}}

CASES = [
    case("bucket-blocks-public-access", "all four", PASS, IT, beside(BUCKET_PUBLIC_ACCESS, IT, "bucket", ALL_FOUR)),
    case("bucket-blocks-public-access", "nothing", FAIL, IT),
    *(
        case(
            "bucket-blocks-public-access",
            f"all but {key}",
            FAIL,
            IT,
            beside(BUCKET_PUBLIC_ACCESS, IT, "bucket", {**ALL_FOUR, key: False}),
        )
        for key in ALL_FOUR
    ),
    case(
        "bucket-blocks-public-access",
        "an unknown one beside a disabled one",
        FAIL,
        IT,
        beside(BUCKET_PUBLIC_ACCESS, IT, "bucket", {**ALL_FOUR, "blockPublicAcls": UNKNOWN, "ignorePublicAcls": False}),
    ),
    case(
        "bucket-blocks-public-access",
        "unknown",
        OPEN,
        IT,
        beside(BUCKET_PUBLIC_ACCESS, IT, "bucket", {**ALL_FOUR, "blockPublicAcls": UNKNOWN}),
    ),
    case(PUBLIC, "nothing", PASS, IT),
    case(PUBLIC, "everyone reads", FAIL, declare(BUCKET_POLICY, inputs={"policy": document(allow(Principal="*"))})),
    case(
        PUBLIC,
        "everyone in an organisation reads",
        PASS,
        declare(
            BUCKET_POLICY,
            inputs={
                "policy": document(allow(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}))
            },
        ),
    ),
    case(
        PUBLIC,
        "everyone in any organisation reads",
        FAIL,
        declare(
            BUCKET_POLICY,
            inputs={"policy": document(allow(Principal="*", Condition={"StringLike": {"aws:PrincipalOrgID": "o-*"}}))},
        ),
    ),
    case(
        PUBLIC,
        "everyone from one endpoint, or from none",
        FAIL,
        declare(
            BUCKET_POLICY,
            inputs={
                "policy": document(
                    allow(Principal="*", Condition={"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}})
                )
            },
        ),
    ),
    case(
        PUBLIC,
        "everyone from a few addresses",
        PASS,
        declare(
            BUCKET_POLICY,
            inputs={
                "policy": document(
                    allow(Principal="*", Condition={"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}})
                )
            },
        ),
    ),
    case(
        PUBLIC,
        "everyone from the internet",
        FAIL,
        declare(
            BUCKET_POLICY,
            inputs={"policy": document(allow(Principal="*", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}))},
        ),
    ),
    case(
        PUBLIC,
        "in the bucket itself",
        FAIL,
        declare(BUCKET, inputs={"policy": document(allow(Principal={"AWS": "*"}))}),
    ),
    case(PUBLIC, "by an ACL", FAIL, declare(BUCKET_V2, inputs={"acl": "public-read"})),
    case(PUBLIC, "by an ACL beside it", FAIL, declare(BUCKET_ACL[1], inputs={"acl": "authenticated-read"})),
    case(PUBLIC, "a private ACL", PASS, declare(BUCKET_ACL[0], inputs={"acl": "private"})),
    case(PUBLIC, "by a grant", FAIL, declare(BUCKET, inputs={"grants": [{"uri": ALL_USERS}]})),
    case(
        PUBLIC,
        "by a grant beside it",
        FAIL,
        declare(
            BUCKET_ACL[0],
            inputs={"accessControlPolicy": {"grants": [{"grantee": {"id": "x"}}, {"grantee": {"uri": ALL_USERS}}]}},
        ),
    ),
    case(
        PUBLIC,
        "a policy unknown beside a public ACL",
        FAIL,
        declare(BUCKET, inputs={"policy": UNKNOWN, "acl": "public-read"}),
    ),
    case(PUBLIC, "unknown", OPEN, declare(BUCKET_POLICY, inputs={"policy": UNKNOWN})),
    case(CLOSED, "a service for its source", PASS, queue(Principal={"Service": "s3.amazonaws.com"}, Condition=OURS)),
    case(CLOSED, "everyone", FAIL, queue(Principal={"AWS": "*"})),
    case(
        CLOSED,
        "everyone, for one source",
        PASS,
        queue(Principal="*", Condition={"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-central-1:111122223333:x"}}),
    ),
    case(
        CLOSED,
        "everyone, for any source",
        FAIL,
        queue(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}),
    ),
    case(
        CLOSED,
        "everyone, for any bucket",
        FAIL,
        queue(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}),
    ),
    case(
        CLOSED,
        "everyone, for one bucket",
        PASS,
        queue(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:ledger"}}),
    ),
    case(
        CLOSED,
        "in a topic",
        FAIL,
        declare(TOPIC, inputs={"policy": document(allow("sns:Publish", "*", Principal="*"))}),
    ),
    case(
        CLOSED,
        "in a secret",
        FAIL,
        declare(SECRET, inputs={"policy": document(allow("secretsmanager:GetSecretValue", "*", Principal="*"))}),
    ),
    case(CLOSED, "unknown", OPEN, declare(QUEUE, inputs={"policy": UNKNOWN})),
    case(
        CALLED,
        "a service for its source",
        PASS,
        declare(FUNCTION_PERMISSION, inputs={"principal": "events.amazonaws.com", "sourceArn": UNKNOWN}),
    ),
    case(
        CALLED,
        "a service on behalf of any account",
        FAIL,
        declare(FUNCTION_PERMISSION, inputs={"principal": "events.amazonaws.com"}),
    ),
    case(
        CALLED,
        "S3 for a bucket of any account",
        FAIL,
        declare(FUNCTION_PERMISSION, inputs={"principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::x"}),
    ),
    case(
        CALLED,
        "S3 for a bucket of ours",
        PASS,
        declare(
            FUNCTION_PERMISSION,
            inputs={"principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::x", "sourceAccount": "111122223333"},
        ),
    ),
    case(CALLED, "everyone", FAIL, declare(FUNCTION_PERMISSION, inputs={"principal": "*"})),
    case(
        CALLED,
        "everyone in an organisation",
        PASS,
        declare(FUNCTION_PERMISSION, inputs={"principal": "*", "principalOrgId": "o-1"}),
    ),
    case(CALLED, "an account", PASS, declare(FUNCTION_PERMISSION, inputs={"principal": "111122223333"})),
    case(CALLED, "by a URL", FAIL, declare(FUNCTION_URL, inputs={"authorizationType": "NONE"})),
    case(
        CALLED, "by a URL for those with rights", PASS, declare(FUNCTION_URL, inputs={"authorizationType": "AWS_IAM"})
    ),
    case(CALLED, "unknown", OPEN, declare(FUNCTION_PERMISSION, inputs={"principal": UNKNOWN})),
    case(CLOSED, "a role for everyone", FAIL, taken({"AWS": "*"})),
    case(CLOSED, "a role for everyone, in a list", FAIL, taken({"AWS": ["*"]})),
    case(CLOSED, "a role for everyone but one", FAIL, taken(None, NotPrincipal={"AWS": "arn:aws:iam::1:user/x"})),
    case(
        CLOSED,
        "a role for an organisation",
        PASS,
        taken("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1a2b3c"}}),
    ),
    case(CLOSED, "a role for a service", PASS, taken({"Service": "lambda.amazonaws.com"})),
    case(CLOSED, "a role that nobody can assume", PASS, taken({"AWS": "*"}, Effect="Deny")),
    case(CLOSED, "a role of a trust unknown", OPEN, declare(ROLE, inputs={"assumeRolePolicy": UNKNOWN})),
    case(CLOSED, "a role for all of a provider's", FAIL, federated("oidc.eks.eu-central-1.amazonaws.com/id/A")),
    case(
        CLOSED,
        "a role for a provider's audience",
        PASS,
        federated("api.pulumi.com/oidc", StringEquals={"api.pulumi.com/oidc:aud": "ledger"}),
    ),
    case(
        CLOSED,
        "a role for a provider's audience, if the token has one",
        FAIL,
        federated("api.pulumi.com/oidc", StringEqualsIfExists={"api.pulumi.com/oidc:aud": "ledger"}),
    ),
    case(
        CLOSED,
        "a role for the workflows of one repository",
        PASS,
        federated(GITHUB, StringEquals={f"{GITHUB}:aud": "sts"}, StringLike={f"{GITHUB}:sub": "repo:ledger/*"}),
    ),
    case(
        CLOSED,
        "a role for everyone's workflows",
        FAIL,
        federated(GITHUB, StringEquals={f"{GITHUB}:aud": "sts.amazonaws.com"}),
    ),
    *(
        case(CLOSED, f"a role for {subject}", verdict, federated(GITHUB, StringLike={f"{GITHUB}:sub": subject}))
        for subject, verdict in (
            ("repo:ledger/books:ref:refs/heads/main", PASS),
            ("repo:ledger/*:pull_request", PASS),
            ("repo:*:ref:refs/heads/main", FAIL),
            ("repo:ledger*/books:*", FAIL),
            ("repo:*/books:environment:prod", FAIL),
            ("*", FAIL),
        )
    ),
    case(CLOSED, "a role for any repository", FAIL, federated(GITHUB, StringLike={f"{GITHUB}:sub": "repo:*/*:*"})),
    case(
        CLOSED,
        "in an access point",
        FAIL,
        declare("aws:s3/accessPoint:AccessPoint", inputs={"policy": document(allow(Principal="*"))}),
    ),
    case(
        CLOSED,
        "in a domain",
        FAIL,
        declare("aws:opensearch/domain:Domain", inputs={"accessPolicies": document(allow("es:*", Principal="*"))}),
    ),
    case(
        CLOSED,
        "a log group's",
        FAIL,
        declare(
            "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
            inputs={"policyDocument": document(allow("logs:PutLogEvents", "*", Principal="*"))},
        ),
    ),
    case(
        PUBLIC, "an object's ACL", FAIL, declare("aws:s3/bucketObjectv2:BucketObjectv2", inputs={"acl": "public-read"})
    ),
    case(PUBLIC, "an object without one", PASS, declare("aws:s3/bucketObjectv2:BucketObjectv2")),
    case("bucket-has-no-acls", "the owner's", PASS, owned("BucketOwnerEnforced")),
    case("bucket-has-no-acls", "the writer's", FAIL, owned("ObjectWriter")),
    case("bucket-has-no-acls", "the owner's, if the writer chooses", FAIL, owned("BucketOwnerPreferred")),
    case("bucket-has-no-acls", "unknown", OPEN, owned(UNKNOWN)),
    case(
        "bucket-has-no-acls",
        "nobody's",
        FAIL,
        declare("aws:s3/bucketOwnershipControls:BucketOwnershipControls", inputs={"rule": {}}),
    ),
    case(
        CLOSED,
        "everyone, for a topic of any account",
        FAIL,
        queue(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:page"}}),
    ),
]
