"""Entry point of the attestor: invoked by a deployment, by a daily schedule, or by a person.

How each failure is handled:

| failure | handling |
|---|---|
| AWS throttles, fails or cannot be reached | read again for two minutes, then the control fails with the error |
| right after a deployment: access denied, missing, or not as expected | read again for one minute, then the control fails |
| at any other time: access denied, missing, or not as expected | the control fails at once |
| a subscription is not confirmed, a trail has not delivered yet | pending; after three days the control fails |
| a control fails, and a deployment waits | the evidence is stored, then the deployment fails with a message |
| a control fails at any other time | counted by the metric `FailedControls`, which has an alarm |
| the expected state is missing or invalid, or evidence cannot be stored | the invocation fails |
| the stack is being destroyed | nothing is read or written; the invocation succeeds |
"""

import os
import time
from collections.abc import Mapping
from typing import Any

from lambdas.attestor.clients import RunClients
from lambdas.attestor.evidence import Run
from lambdas.attestor.request import request_from
from lambdas.attestor.service import Attestor
from lambdas.shared.environment import Environment
from lambdas.shared.errors import describe_with_message
from lambdas.shared.invocation import Context, invocation_of
from lambdas.shared.retry_budget import RetryBudget
from lambdas.shared.telemetry import Telemetry


def handle(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Attest; return the evidence and where it is stored. A deployment receives only the summary."""
    started_at = time.time()
    telemetry = Telemetry(context.function_name, context.aws_request_id, time.time)
    try:
        request = request_from(event)
        telemetry.log("INFO", "attestation requested", trigger=request.trigger)
        if request.trigger == "delete":
            return {"summary": {}}
        environment = Environment(os.environ)
        bucket, prefix = environment.text("AUDIT_BUCKET"), environment.text("EVIDENCE_PREFIX")
        environment.check()
        attestor = Attestor(
            clients=RunClients(),
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
    # The engine keeps the response in its state, which is no place for all of the evidence.
    return {"summary": evidence["summary"]} if request.deploying else evidence
