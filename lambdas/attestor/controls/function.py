"""Controls of Lambda functions, which are read by name, or by name and alias.

Only the configuration is read, never the code itself.
"""

from typing import Any

from lambdas.attestor.controls.control import controls_of
from lambdas.attestor.reading import Reading

_ALARMS = ("code-changed-outside-deployment",)
_ACTIONS = ("lambda:GetFunctionConfiguration",)

control = controls_of("function")


def _configuration(aws: Reading, name: str) -> dict[str, Any]:
    return aws.call("lambda", "get_function_configuration", FunctionName=name)


@control(
    "lambda-code",
    requirement="The function runs the code that was deployed.",
    references=("PCI-DSS-4.0.1:11.5.2", "NIST-800-53r5:SI-7"),
    no_rule="The checksum of the code is known only after the deployment.",
    alarms=_ALARMS,
    actions=_ACTIONS,
)
def code(aws: Reading, name: str) -> object:
    """Return the SHA-256 of the code, in base64."""
    return _configuration(aws, name)["CodeSha256"]


@control(
    "lambda-alias",
    requirement="The function's alias leads to the version that was deployed, and there is no other alias.",
    references=("PCI-DSS-4.0.1:6.5.1", "PCI-DSS-4.0.1:11.5.2", "NIST-800-53r5:SI-7"),
    no_rule="The number of the version is known only after the deployment.",
    alarms=_ALARMS,
    actions=("lambda:ListAliases",),
)
def alias(aws: Reading, name: str) -> object:
    """Return the version that each alias leads to, and the versions that receive a share of its invocations."""
    return {
        found["Name"]: {
            "version": found["FunctionVersion"],
            "other_versions": found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}),
        }
        for found in aws.call("lambda", "list_aliases", FunctionName=name.partition(":")[0])["Aliases"]
    }


@control(
    "lambda-network",
    requirement="The function is in exactly the expected subnets and security groups.",
    references=("PCI-DSS-4.0.1:1.3.2", "NIST-800-53r5:SC-7"),
    rules=("function-runs-in-vpc",),
    alarms=_ALARMS,
    actions=_ACTIONS,
)
def network(aws: Reading, name: str) -> object:
    """Return subnets and security groups, or none if the function is outside the VPC."""
    vpc = _configuration(aws, name).get("VpcConfig", {})
    return {"subnets": vpc["SubnetIds"], "security_groups": vpc["SecurityGroupIds"]} if vpc.get("SubnetIds") else None


@control(
    "lambda-environment-key",
    requirement="The function's environment is encrypted with the expected key.",
    references=("NIST-800-53r5:SC-28(1)",),
    rules=("function-environment-uses-customer-key",),
    alarms=_ALARMS,
    actions=_ACTIONS,
)
def environment_key(aws: Reading, name: str) -> object:
    """Return the customer key."""
    return _configuration(aws, name).get("KMSKeyArn") or None


@control(
    "lambda-role",
    requirement="The function has the expected role.",
    references=("PCI-DSS-4.0.1:7.2.5", "NIST-800-53r5:AC-6"),
    no_rule="Any role may be right; rules check what the role allows.",
    alarms=_ALARMS,
    actions=_ACTIONS,
)
def execution_role(aws: Reading, name: str) -> object:
    """Return the ARN of the role."""
    return _configuration(aws, name)["Role"]
