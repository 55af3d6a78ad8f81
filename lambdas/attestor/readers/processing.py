"""Reads functions, by name: their configuration only, as the code itself is not for the attestor to fetch."""

from typing import Any

from lambdas.attestor.reading import Reading


def _function(aws: Reading, name: str) -> dict[str, Any]:
    return aws.ask("lambda", "get_function_configuration", FunctionName=name)


def _code(aws: Reading, name: str) -> object:
    return _function(aws, name)["CodeSha256"]


def _network(aws: Reading, name: str) -> object:
    place = _function(aws, name).get("VpcConfig", {})
    if not place.get("SubnetIds"):
        return None
    return {"subnets": place["SubnetIds"], "security_groups": place["SecurityGroupIds"]}


def _environment_key(aws: Reading, name: str) -> object:
    return _function(aws, name).get("KMSKeyArn") or None


def _role(aws: Reading, name: str) -> object:
    return _function(aws, name)["Role"]


READERS = {
    "lambda-code": _code,
    "lambda-network": _network,
    "lambda-environment-key": _environment_key,
    "lambda-role": _role,
}
