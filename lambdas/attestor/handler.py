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
import random
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

import boto3

from lambdas.attestor.evidence import Run
from lambdas.attestor.patience import Patience
from lambdas.attestor.reading import Client
from lambdas.attestor.request import request_from
from lambdas.attestor.service import Attestor
from lambdas.attestor.trouble import told
from lambdas.clients import config
from lambdas.telemetry import Telemetry, Told


class Context(Protocol):
    """What Lambda tells of an invocation, as far as it is used."""

    aws_request_id: str
    function_name: str
    invoked_function_arn: str

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the invocation is ended."""


class BadSettings(Told):
    """The environment of the function is not what it needs."""


@cache
def _client(service: str) -> Client:
    # One attempt: what is tried again, and how long, is decided in one place, which knows what else there is to read.
    return boto3.client(service, config=config(attempts=1, read_timeout=10))  # type: ignore[call-overload]


def handle(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Entry point: `request_from` says what goes in; evidence and its place come out, of a deployment a summary only."""
    started_at = time.time()
    telemetry = Telemetry(context.aws_request_id, time.time)
    try:
        request = request_from(event)
        telemetry.log("INFO", "attestation asked for", trigger=request.trigger)
        if request.trigger == "delete":
            return {"summary": {}}
        attestor = Attestor(
            client=_client,
            bucket=_setting("AUDIT_BUCKET"),
            prefix=_setting("EVIDENCE_PREFIX"),
            function=context.function_name,
            patience=Patience(
                clock=time.time,
                sleep=time.sleep,
                random=random.random,
                remaining=lambda: context.get_remaining_time_in_millis() / 1000,
                started_at=started_at,
                settling=request.deploying,
            ),
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
        telemetry.log("ERROR", "attestation failed", error=told(error))
        raise
    # The deployment keeps the answer in its state, where the whole evidence has no place.
    return {"summary": evidence["summary"]} if request.deploying else evidence


def _setting(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise BadSettings(f"environment variable {name} is missing. Set it where the function is deployed")
    return value
