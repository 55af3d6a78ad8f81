"""A small Pulumi project of a test's own, run by the real engine against the tests' emulator."""

import os
import subprocess
from pathlib import Path

import yaml

from localcloud.emulator import Emulator
from localcloud.paths import PULUMI, ROOT, VENV
from localcloud.stack import LocalStack


class Project:
    """A project in a folder, with stack `sample`."""

    def __init__(self, aws: Emulator, folder: Path) -> None:
        self.folder = folder
        self.environment = LocalStack(folder=folder).environment | {"PULUMI_HOME": os.fspath(folder / "home")}
        config = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())["config"]
        config = {name: value for name, value in config.items() if name.startswith("aws:")}
        config["aws:endpoints"] = [dict.fromkeys(config["aws:endpoints"][0], aws.endpoint)]
        (folder / "Pulumi.yaml").write_text(
            f"name: sample\nruntime: {{name: python, options: {{virtualenv: {VENV}}}}}\n"
        )
        (folder / "Pulumi.sample.yaml").write_text(yaml.safe_dump({"config": config}))
        (folder / "state").mkdir()
        self.run("stack", "init", "sample")

    def program(self, text: str) -> None:
        """Write the program."""
        (self.folder / "__main__.py").write_text(f"import pulumi\nimport pulumi_aws as aws\n{text}")

    def run(self, *arguments: str, check: bool = True) -> tuple[int, str]:
        """Run the engine; return its exit code and all that it prints."""
        answer = subprocess.run(
            [PULUMI, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        shown = answer.stdout + answer.stderr
        assert answer.returncode == 0 or not check, shown
        return answer.returncode, shown
