"""Edge of the attestor: called by a deployment, by a daily schedule, or by a person.

What becomes of trouble:

| trouble | what becomes of it |
|---|---|
| AWS throttles, fails or cannot be reached | read again for two minutes, then the control fails and says so |
| just deployed: denied, not there, or not yet what was meant | read again for one minute, then the control fails |
| at any other time: denied, not there, or not what was meant | the control fails at once |
| a subscription is not confirmed, a trail has not delivered | pending; failed once it has been so for three days |
| a control failed, and a deployment waits | the evidence is stored, then the deployment fails with the message |
| a control failed at any other time | the metric `FailedControls` says so, and its alarm |
| no intent, or one with another checksum or form; no evidence stored | the invocation fails |
| the stack is being destroyed | nothing is read or written; the answer is success |
"""

import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3

from lambdas.attestor.evidence import Run
from lambdas.attestor.reading import Client
from lambdas.attestor.request import request_from
from lambdas.attestor.service import Attestor
from lambdas.shared.clients import client_config
from lambdas.shared.environment import Environment
from lambdas.shared.errors import describe_with_message
from lambdas.shared.invocation import Context, invocation_of
from lambdas.shared.retry_budget import RetryBudget
from lambdas.shared.telemetry import Telemetry


@cache
def _client(service: str) -> Client:
    # One attempt: what is tried again, and how long, is decided in one place, which knows what else there is to read.
    return boto3.client(service, config=client_config(attempts=1, read_timeout=10))  # type: ignore[call-overload]


def handle(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Entry point: `request_from` says what goes in; evidence and its place come out, of a deployment a summary only."""
    started_at = time.time()
    telemetry = Telemetry(context.function_name, context.aws_request_id, time.time)
    try:
        request = request_from(event)
        telemetry.log("INFO", "attestation asked for", trigger=request.trigger)
        if request.trigger == "delete":
            return {"summary": {}}
        environment = Environment(os.environ)
        bucket, prefix = environment.text("AUDIT_BUCKET"), environment.text("EVIDENCE_PREFIX")
        environment.check()
        attestor = Attestor(
            client=_client,
            bucket=bucket,
            prefix=prefix,
            budget=RetryBudget(invocation=invocation_of(context), started_at=started_at, settling=request.deploying),
            telemetry=telemetry,
        )
        run = Run(
            request_id=context.aws_request_id,
            function=context.invoked_function_arn,
            trigger=request.trigger,
            started_at=started_at,
        )
        evidence = attestor.run(request, run)
    except Exception as error:
        telemetry.log("ERROR", "attestation failed", error=describe_with_message(error))
        raise
    # The deployment keeps the answer in its state, where the whole evidence has no place.
    return {"summary": evidence["summary"]} if request.deploying else evidence
