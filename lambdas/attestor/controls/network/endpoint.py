"""Controls of VPC endpoints, which are read by id."""

from lambdas.attestor.controls.control import controls_of
from lambdas.attestor.policy_documents import parsed
from lambdas.attestor.reading import Reading

control = controls_of("endpoint")


@control(
    "vpc-endpoint-policy",
    requirement="The endpoint policy allows exactly what is expected.",
    references=("PCI-DSS-4.0.1:1.3.2", "NIST-800-53r5:AC-4", "NIST-800-53r5:SC-7(5)"),
    rules=("endpoint-has-own-policy",),
    alarms=("network-changed-outside-deployment", "endpoint-requests-denied"),
    actions=("ec2:DescribeVpcEndpoints",),
    is_policy=True,
)
def endpoint_policy(aws: Reading, endpoint: str) -> object:
    """Return the endpoint policy."""
    (description,) = aws.call("ec2", "describe_vpc_endpoints", VpcEndpointIds=[endpoint])["VpcEndpoints"]
    text = description.get("PolicyDocument")
    return parsed(text) if text else None
