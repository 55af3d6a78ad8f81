"""Corrections to ministack's enforcement of policies, where it decides differently from AWS.

ministack enforces policies if the environment has `AUTH=true`. The launcher in `emulator.py` applies these corrections before
it starts ministack; a test for each says when ministack no longer needs it. Nothing here loosens a decision that AWS makes:

- `aws:PrincipalArn` of a role session is the role's ARN. ministack gives the session's, which no policy about a role matches
  (IAM User Guide, "AWS global condition context keys": "For assumed roles, the request context returns the ARN of the role").
- A request by a function in a VPC with an endpoint for the service goes through that endpoint: it has `aws:SourceVpce`, and the
  endpoint's policy must allow it (VPC guide, "Control access to VPC endpoints using endpoint policies"). ministack knows
  functions, networks and endpoints, and does not relate them.
- `s3:PutObject` has the condition keys of its headers for KMS keys and SSE-C (Service Authorization Reference, "Condition keys
  for Amazon S3"). ministack gives the algorithm only, so that a policy takes every key for the account's default.
- A DynamoDB request that names items has `dynamodb:LeadingKeys`, their partition keys (DynamoDB Developer Guide, "Using IAM
  policy conditions for fine-grained access control"). ministack leaves the key out.
- A DynamoDB request that names its resource as `ResourceArn` is decided for that table (Service Authorization Reference,
  "Actions defined by Amazon DynamoDB": GetResourcePolicy). ministack decides it for `*`.
- `logs:DescribeLogGroups` is decided for the log group with an empty name, as AWS's own denial says
  (https://github.com/hashicorp/terraform-provider-aws/issues/8804). ministack decides it for `*`.
- The ARN of an EventBridge schedule names its group (Service Authorization Reference, "Resource types defined by Amazon
  EventBridge Scheduler"). ministack names the default group.
- Reading one event source mapping is `lambda:GetEventSourceMapping` (Lambda API reference). ministack takes it for the list.
- Port 443 stays closed. ministack opens it beside its own port, for Cognito's tokens.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_ENCRYPTION_HEADERS = (
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
)

Enforce = Callable[..., Any]


def correct() -> None:
    """Apply the corrections to the ministack of this process."""
    from ministack import app  # noqa: PLC0415 - slow to import, and only the emulator's process needs it
    from ministack.core import iam_actions, iam_evaluator  # noqa: PLC0415

    app._port_is_bindable = lambda *_: False
    iam_evaluator._resolve_condition_key = _with_role_arn(iam_evaluator._resolve_condition_key)
    iam_evaluator.enforce = _with_network_and_resource(iam_evaluator.enforce)
    iam_actions.s3_service_context = _with_encryption_headers(iam_actions.s3_service_context)
    iam_actions.extract_resource_arn = _with_schedule_group(iam_actions.extract_resource_arn)
    iam_actions.extract_iam_action = _with_one_event_source(iam_actions.extract_iam_action)
    iam_actions.dynamodb_resource_arns = _with_resource_arn(iam_actions.dynamodb_resource_arns)
    iam_actions.dynamodb_service_context = _with_leading_keys(iam_actions.dynamodb_service_context)


def _with_role_arn(inner: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    def resolve(key: str, context: Any) -> Any:
        value = inner(key, context)
        if key.lower() != "aws:principalarn" or ":assumed-role/" not in value:
            return value
        from ministack.services import iam  # noqa: PLC0415

        role = iam._roles.get_scoped(context.principal_account, None, _session(value)[0])
        return role["Arn"] if role else value

    return resolve


def _with_network_and_resource(inner: Enforce) -> Enforce:
    from ministack.core.responses import get_account_id  # noqa: PLC0415

    def enforce(
        access_key: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: Mapping[str, Any] | None = None,
    ) -> Any:
        if action == "logs:DescribeLogGroups":
            resource_arn = f"arn:aws:logs:{region}:{get_account_id()}:log-group::log-stream:"
        endpoint = _endpoint(access_key, service, region)
        context = dict(service_context or {})
        if endpoint is None:
            return inner(access_key, action, service, region, resource_arn=resource_arn, service_context=context)
        context["aws:SourceVpce"] = endpoint["VpcEndpointId"]
        denied = inner(access_key, action, service, region, resource_arn=resource_arn, service_context=context)
        return denied or _denied_by_endpoint(endpoint, access_key, action, region, resource_arn, context)

    return enforce


def _endpoint(access_key: str, service: str, region: str) -> Mapping[str, Any] | None:
    """Return the VPC endpoint that a request goes through, or None."""
    from ministack.core.responses import get_account_id  # noqa: PLC0415
    from ministack.services import ec2, lambda_svc, sts  # noqa: PLC0415

    session = sts._sessions.get(access_key)
    if session is None or ":assumed-role/" not in session["Arn"]:
        return None
    # The session of an execution role has the function's name.
    role, name = _session(session["Arn"])
    function = lambda_svc._functions.get_scoped(get_account_id(), region, name)
    config = function["config"] if function else {}
    if config.get("Role", "").rpartition("/")[2] != role or not config.get("VpcConfig", {}).get("VpcId"):
        return None
    wanted = config["VpcConfig"]["VpcId"], f"com.amazonaws.{region}.{service}"
    endpoints = ec2._vpc_endpoints.values()
    return next((found for found in endpoints if (found["VpcId"], found["ServiceName"]) == wanted), None)


def _denied_by_endpoint(
    endpoint: Mapping[str, Any],
    access_key: str,
    action: str,
    region: str,
    resource_arn: str,
    context: Mapping[str, Any],
) -> Any:
    """Return the endpoint policy's denial, or None; without a policy an endpoint allows everything."""
    from ministack.core import iam_evaluator  # noqa: PLC0415
    from ministack.core.responses import get_account_id  # noqa: PLC0415

    if "PolicyDocument" not in endpoint:
        return None
    principal = iam_evaluator.resolve_principal(access_key, get_account_id())
    decision = iam_evaluator.evaluate_resource_policy(
        endpoint["PolicyDocument"],
        iam_evaluator.EvalContext(
            principal_arn=principal.arn,
            principal_type=principal.type,
            principal_account=principal.account,
            action=action,
            resource_arn=resource_arn,
            region=region,
            service_context={key.lower(): value for key, value in context.items()},
            principal_keys=principal.keys,
        ),
    )
    if decision.decision == "Allow":
        return None
    decision.resource_policy_arn = endpoint["VpcEndpointId"]
    return decision


def _with_encryption_headers(inner: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def service_context(
        action: str, query: Any, path: str = "", headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        context = inner(action, query, path, headers)
        if action == "s3:PutObject":
            context |= {f"s3:{name}": headers[name] for name in _ENCRYPTION_HEADERS if headers and headers.get(name)}
        return context

    return service_context


def _with_schedule_group(inner: Callable[..., str]) -> Callable[..., str]:
    def extract(
        service: str, method: str, path: str, headers: Any, body: bytes, query: Mapping[str, Any], *scope: str
    ) -> str:
        arn = inner(service, method, path, headers, body, query, *scope)
        default = ":schedule/default/"
        if service != "scheduler" or default not in arn:
            return arn
        own = query.get("groupName") or json.loads(body or b"{}").get("GroupName") or "default"
        return arn.replace(default, f":schedule/{own[0] if isinstance(own, list) else own}/")

    return extract


def _with_one_event_source(inner: Callable[..., str | None]) -> Callable[..., str | None]:
    def extract(service: str, method: str, path: str, *rest: Any) -> str | None:
        action = inner(service, method, path, *rest)
        is_one = action == "lambda:ListEventSourceMappings" and not path.rstrip("/").endswith("/event-source-mappings")
        return "lambda:GetEventSourceMapping" if is_one else action

    return extract


def _with_resource_arn(inner: Callable[..., list[str]]) -> Callable[..., list[str]]:
    def resource_arns(body: bytes, *rest: Any) -> list[str]:
        named = json.loads(body or b"{}").get("ResourceArn")
        return inner(body, *rest) or ([named] if named else [])

    return resource_arns


def _with_leading_keys(inner: Callable[[bytes], dict[str, Any]]) -> Callable[[bytes], dict[str, Any]]:
    def service_context(body: bytes) -> dict[str, Any]:
        context, request = inner(body), json.loads(body or b"{}")
        batches = request.get("RequestItems", {request.get("TableName", ""): [request]})
        keys = [key for table, batch in batches.items() for key in _partition_keys(table, batch)]
        return {**context, "dynamodb:LeadingKeys": keys} if keys else context

    return service_context


def _partition_keys(table: str, batch: Any) -> Iterator[str]:
    """Yield the partition keys of the items that a request names in one table."""
    from ministack.services import dynamodb  # noqa: PLC0415

    schema = dynamodb._tables.get(table.rpartition("/")[2], {}).get("KeySchema", [])
    names = [element["AttributeName"] for element in schema if element["KeyType"] == "HASH"]
    for entry in batch["Keys"] if isinstance(batch, dict) else batch:
        write = entry.get("PutRequest") or entry.get("DeleteRequest") or entry
        item = write.get("Key") or write.get("Item") or write
        for name in names:
            if name in item:
                yield next(iter(item[name].values()))


def _session(arn: str) -> tuple[str, str]:
    """Return role and session name of `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`."""
    role, _, session = arn.partition(":assumed-role/")[2].partition("/")
    return role, session
