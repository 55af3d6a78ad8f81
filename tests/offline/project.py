"""A small Pulumi project that the real engine runs against an emulator."""

import os
import subprocess
import sys
from pathlib import Path

import yaml

from offline.emulator import Emulator
from offline.environment import without_credentials
from tests.offline.settings import provider_options

PULUMI = str(Path(sys.executable).with_name("pulumi"))
"""The engine's launcher in the virtual environment that runs the tests."""


class Project:
    """A project in a folder, with stack `sample`."""

    def __init__(self, aws: Emulator, folder: Path) -> None:
        self.folder = folder
        self.environment = without_credentials() | {
            "PATH": f"{Path(PULUMI).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_HOME": os.fspath(folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        config = {f"aws:{name}": value for name, value in provider_options(aws.endpoint).items()}
        (folder / "Pulumi.yaml").write_text(
            f"name: sample\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
        )
        (folder / "Pulumi.sample.yaml").write_text(yaml.safe_dump({"config": config}))
        (folder / "state").mkdir()
        self.run("stack", "init", "sample")

    def program(self, text: str) -> None:
        """Write the program."""
        (self.folder / "__main__.py").write_text(f"import pulumi\nimport pulumi_aws as aws\n{text}")

    def run(self, *arguments: str, check: bool = True) -> tuple[int, str]:
        """Run the engine; return its exit code and its output."""
        answer = subprocess.run(
            [PULUMI, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        output = answer.stdout + answer.stderr
        assert answer.returncode == 0 or not check, output
        return answer.returncode, output
