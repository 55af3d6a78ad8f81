"""Runs one Pulumi program for the language host, which gives its settings as JSON in the only argument.

Ends with 0, with 32 when the error has been shown to the engine, with 1 otherwise. Runs as a plain file under the
program's own interpreter, which need not have this project on its path.
"""

import asyncio
import json
import logging
import os
import runpy
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pulumi
import pulumi.runtime

ERROR_WAS_SHOWN = 32
_THREADS_PER_OPERATION = 4
"""Every resource operation in flight occupies a thread; waiting for outputs takes some more."""


def run(settings: dict[str, Any]) -> int:
    """Run the program, and return the exit code."""
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=settings["monitor"],
            engine=settings["engine"],
            project=settings["project"],
            stack=settings["stack"],
            organization=settings["organization"],
            parallel=settings["parallel"],
            dry_run=settings["dry_run"],
            root_directory=settings["root_directory"],
        )
    )
    program = settings["program"]
    sys.argv = [program, *settings["arguments"]]
    # The file's folder is not this one: drop what Python put first on the path for this runner.
    sys.path[0] = program if os.path.isdir(program) else os.path.dirname(program)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(max(settings["parallel"], 1) * _THREADS_PER_OPERATION))
    # A failed program leaves tasks behind; their "exception was never retrieved" would bury the one error that counts.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)

    def program_body() -> None:
        runpy.run_path(program, run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(program_body))
    except KeyboardInterrupt:
        return 1  # the engine interrupts the program when an update fails or is cancelled, and says so itself
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return ERROR_WAS_SHOWN
    except Exception:  # whatever a program raises has to reach the user
        pulumi.log.error(f"The program failed with an unhandled exception:\n{traceback.format_exc()}")
        return ERROR_WAS_SHOWN
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = run(json.loads(sys.argv[1]))
    except KeyboardInterrupt:
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # threads that still wait for the engine must not keep the process
