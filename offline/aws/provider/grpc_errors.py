"""Converts exceptions to errors of the gRPC service."""

from collections.abc import Callable
from typing import NoReturn, TypeVar

import grpc
from google.protobuf import any_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from offline.aws.provider import engine_log
from offline.aws.provider.adapter import InitFailedError
from offline.aws.provider.configuration import InvalidInputsError
from offline.aws.terraform.client import ProviderError
from offline.aws.translation.package import UnsupportedError
from offline.aws.translation.property_values import Properties, encode
from offline.terminal import UserError

_Result = TypeVar("_Result")


def call(
    context: grpc.ServicerContext, urn: str, operation: Callable[[], _Result], inputs: Properties | None = None
) -> _Result:
    """Return what an operation returns; convert its exceptions to errors of the protocol."""
    engine_log.resource.set(urn)
    try:
        return operation()
    except InitFailedError as failed:
        _abort_after_change(context, failed, inputs or Properties({}))
    except (UnsupportedError, InvalidInputsError) as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
    except UserError as failure:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(failure))
    except (ProviderError, RuntimeError, ValueError, OSError) as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))


def _abort_after_change(context: grpc.ServicerContext, failed: InitFailedError, inputs: Properties) -> NoReturn:
    """Return an error that holds the resource's state, so that the engine stores it."""
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=failed.identity,
            properties=encode(failed.outputs.values, failed.outputs.secret),
            reasons=failed.reasons,
            inputs=encode(inputs.values, inputs.secret),
        )
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(failed), details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, str(failed))


def check_failures(errors: list[tuple[str, str]]) -> list[provider_pb2.CheckFailure]:
    """Return errors in inputs as the protocol's messages."""
    return [provider_pb2.CheckFailure(property=path, reason=reason) for path, reason in errors]
