"""`pulumi up` of a stack as committed, from a clean copy of the repository, as a pipeline in an account would run it."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from bootstrap.names import Copies
from cli.paths import PULUMI, ROOT, VENV
from cli.settings import read_settings
from cli.setup import backend
from offline.environment import without_credentials
from tests.enforcement.account import Account
from tests.enforcement.groups import NOBODY
from tests.support.repository import copy_repository

PACK = ("--policy-pack", "policy")
_LACKED_BY_EMULATOR = (
    "dns_firewall",
    "full_read_back",
    "prefix_list_rules",
    "trail_endpoint_ids",
    "saved_queries",
)
_LOCAL = read_settings("local")["config"]
_WAIVERS = [
    *yaml.safe_load((ROOT / "policy" / "config" / "prod.yaml").read_text())["waivers"],
    {
        "rule": "trail-records-bucket-data-events",
        "resource": "aws:s3/bucket:Bucket::replica-output",
        "reason": "A trail of the other account records its use.",
        "owner": "platform",
        "expires": date(2027, 11, 30),
    },
]
"""Waivers of a stack whose second copy is in another account."""
SWITCHES = {
    **{f"strongroom:{name}": _LOCAL[f"strongroom:{name}"] for name in _LACKED_BY_EMULATOR},
    # The emulator has no insight selectors, which only stack prod asks for.
    "strongroom:trail_insights": "false",
    # The emulator has no GuardDuty, which only stack prod asks for.
    "strongroom:malware_scan": "off",
}
"""Settings that differ from the committed ones, because the emulator lacks the feature."""


@dataclass(frozen=True)
class Deployment:
    """A stack that a role deploys from a clean copy.

    Attributes
    ----------
    name
        Name of the stack: `dev` or `prod`.
    folder
        Folder of the copy and of the backend.
    account, role
        The account, and the role that deploys.
    copies
        Where the second copy is.
    """

    name: str
    folder: Path
    account: Account
    role: str
    copies: Copies

    def _prepare(self) -> None:
        """Copy what is tracked, and create the stack."""
        copy_repository(self.copy)
        (self.folder / "state").mkdir()
        self.run("stack", "init", self.name, "--no-select")
        settings = yaml.safe_load((self.copy / f"Pulumi.{self.name}.yaml").read_text())
        settings["config"] |= SWITCHES | self._provider() | {"strongroom:page_subscriptions": [self._pages()]}
        if self.copies.role_arn:
            settings["config"] |= {
                "strongroom:replica_region": self.copies.region,
                "strongroom:replica_role_arn": self.copies.role_arn,
            }
            self.pack.write_text(yaml.safe_dump(yaml.safe_load(self.pack.read_text()) | {"waivers": _WAIVERS}))
        self.settings.write_text(yaml.safe_dump(settings))

    def _pages(self) -> str:
        """Create a queue for pages, because the committed settings name nobody to page, and return its ARN."""
        sqs = self.account.client("sqs", NOBODY)
        url = sqs.create_queue(QueueName="pages")["QueueUrl"]
        arn: str = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return arn

    def _provider(self) -> dict[str, Any]:
        """Return the provider's settings that lead to the emulator, without credentials."""
        return {
            "aws:s3UsePathStyle": "true",
            "aws:skipMetadataApiCheck": "true",
            "aws:endpoints": [dict.fromkeys(_LOCAL["aws:endpoints"][0], self.account.endpoint)],
        }

    @property
    def copy(self) -> Path:
        """The copy of the repository."""
        return self.folder / "strongroom"

    @property
    def settings(self) -> Path:
        """The stack's settings file with the switches for the emulator."""
        return self.folder / f"Pulumi.{self.name}.yaml"

    @property
    def pack(self) -> Path:
        """The copy's settings of the policy pack for the stack."""
        return self.copy / "policy" / "config" / f"{self.name}.yaml"

    @property
    def environment(self) -> dict[str, str]:
        """The documented environment variables: a backend, and AWS credentials."""
        credentials = self.account.credentials(self.role)
        return {
            **without_credentials(),
            **backend(self.folder / "state"),
            **{name.upper(): value for name, value in credentials.items()},
            "AWS_CA_BUNDLE": str(self.account.authority),
            "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def run(self, *arguments: str) -> str:
        """Run a Pulumi command in the copy, and return what it prints on standard output."""
        answer = subprocess.run(
            [PULUMI, *arguments], cwd=self.copy, env=self.environment, capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, f"pulumi {arguments[0]}: {answer.stdout[-12000:]}\n{answer.stderr[-3000:]}"
        return answer.stdout

    def engine(self, verb: str, *arguments: str) -> str:
        """Run a Pulumi command with the stack's settings."""
        return self.run(verb, "--stack", self.name, "--config-file", str(self.settings), *arguments)

    def up(self) -> None:
        """Deploy as `.github/workflows/` does."""
        self._prepare()
        self.engine("up", *PACK, "--yes", "--skip-preview", "--non-interactive")

    @cached_property
    def state(self) -> str:
        """The exported state as JSON."""
        return self.run("stack", "export", "--stack", self.name)

    @cached_property
    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs."""
        found: dict[str, Any] = json.loads(self.run("stack", "output", "--stack", self.name, "--json"))
        return found
