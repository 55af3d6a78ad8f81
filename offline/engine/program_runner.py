"""Runs one Pulumi program; the language host passes the settings as JSON in the only argument.

Exits with 0 on success, with 32 if the error was sent to the engine, otherwise with 1. The language host runs this file
by its path under the program's own interpreter, which cannot import the package `offline`.
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
"""Each running resource operation occupies one thread, and waiting for its outputs occupies others."""


def run(settings: dict[str, Any]) -> int:
    """Run a program and return the exit code."""
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
    # Python put this file's folder first on the path; the program expects its own folder there.
    sys.path[0] = program if os.path.isdir(program) else os.path.dirname(program)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(max(settings["parallel"], 1) * _THREADS_PER_OPERATION))
    # After a failure, asyncio reports each unfinished task; these messages would hide the program's own error.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)

    def program_body() -> None:
        runpy.run_path(program, run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(program_body))
    except KeyboardInterrupt:
        return 1  # the engine interrupts the program when an update fails or is cancelled, and reports that itself
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return ERROR_WAS_SHOWN
    except Exception:  # the user must see any exception of the program
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
    os._exit(code)  # do not wait for threads that are still waiting for the engine
