"""Stacks dev and prod, deployed once on an emulator that enforces policies, by a role and not by the root user."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import trustme

from bootstrap.deployment import boundary
from bootstrap.names import PROJECT, Copies
from cli.paths import ROOT
from cli.settings import read_settings
from components.context import AwsContext
from lambdas.shared.source import Source
from offline import emulator
from tests.enforcement.account import ADMINISTRATOR, Account
from tests.enforcement.deployment import Deployment
from tests.enforcement.groups import GROUPS, NOBODY
from tests.support.iam.builders import AWAY, HOME
from tests.support.waiting import until

SETTINGS = read_settings("prod")["config"]
STACKS = {"dev": AWAY, "prod": HOME}
"""The account of each stack."""
SPARE = "777788889999"
"""The account of the second copy of stack dev; stack prod keeps its own in another region of its account."""
REGION, COPIES_REGION = SETTINGS["aws:region"], SETTINGS["strongroom:replica_region"]
COPIES = {
    "dev": Copies(region=COPIES_REGION, role_arn=f"arn:aws:iam::{SPARE}:role/{GROUPS['deploy']}"),
    "prod": Copies(region=COPIES_REGION),
}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> emulator.Certificate:
    folder = tmp_path_factory.mktemp("certificate")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    files = emulator.Certificate(folder / "chain.pem", folder / "key.pem", folder / "authority.pem")
    files.chain.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(files.key)
    authority.cert_pem.write_to_path(files.authority)
    return files


@pytest.fixture(scope="session")
def accounts(
    tmp_path_factory: pytest.TempPathFactory, certificate: emulator.Certificate
) -> Iterator[dict[str, Account]]:
    """An account for each stack: to the other, its principals are foreign."""
    with emulator.temporary(tmp_path_factory.mktemp("emulator"), certificate) as running:
        found = {name: Account(name, running.endpoint, certificate.authority, REGION) for name in (HOME, AWAY, SPARE)}
        roles = dict.fromkeys([*GROUPS.values(), NOBODY], ADMINISTRATOR)
        for stack, account_id in STACKS.items():
            found[account_id].create_roles(roles, boundary(_context(stack, account_id, REGION), COPIES[stack]))
        spare = _context("dev", SPARE, COPIES_REGION)
        found[SPARE].create_roles(roles, boundary(spare), trusted=(SPARE, STACKS["dev"]))
        yield found


def _context(stack: str, account_id: str, region: str) -> AwsContext:
    return AwsContext(partition="aws", region=region, account_id=account_id, prefix=f"{PROJECT}-{stack}")


@pytest.fixture(scope="session")
def stacks(accounts: dict[str, Account], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Deployment]:
    """Stacks dev and prod as committed, deployed side by side: most of a deployment is waiting."""
    found = {
        name: Deployment(name, tmp_path_factory.mktemp(name), accounts[account], GROUPS["deploy"], COPIES[name])
        for name, account in STACKS.items()
    }
    with ThreadPoolExecutor() as pool:
        list(pool.map(Deployment.up, found.values()))
    return found


@pytest.fixture(scope="session")
def stack(stacks: dict[str, Deployment]) -> Deployment:
    """Stack prod: every group is named, the perimeter is enforced, protection is on."""
    return stacks["prod"]


@pytest.fixture(scope="session")
def manifest(stack: Deployment) -> Mapping[str, Any]:
    """The manifest of a file that an uploader has sent and a reader has received."""
    outputs, client = stack.outputs, stack.account.client
    bucket, content = outputs["input_bucket"], (ROOT / "samples" / "rejects.csv").read_bytes()
    sent = client("s3", GROUPS["uploaders"]).put_object(
        Bucket=bucket, Key="rejects.csv", Body=content, ChecksumAlgorithm="SHA256"
    )
    source = Source(bucket=bucket, key="rejects.csv", version_id=sent["VersionId"])
    stored = {"Bucket": outputs["output_bucket"], "Key": f"{source.file_id}/manifest.json"}
    s3 = client("s3", GROUPS["readers"])
    assert until(lambda: s3.list_objects_v2(Bucket=stored["Bucket"], Prefix=stored["Key"])["KeyCount"] == 1)
    found: dict[str, Any] = json.load(s3.get_object(**stored)["Body"])
    return found


@pytest.fixture(scope="session")
def names(stack: Deployment, manifest: Mapping[str, Any]) -> Mapping[str, str]:
    """Names of the deployed stack, for the calls in `groups.py` and `functions.py`."""
    outputs, account = stack.outputs, stack.account
    region, prefix = SETTINGS["aws:region"], f"strongroom-{stack.name}"

    def arn(service: str, resource: str) -> str:
        return f"arn:aws:{service}:{region}:{account.account_id}:{resource}"

    result = f"{manifest['output_prefix']}part-00000.jsonl.gz"
    evidence = account.client("s3", GROUPS["auditors"]).list_objects_v2(
        Bucket=outputs["audit_bucket"], Prefix=f"attestation/{outputs['attestor_function']}/evidence/"
    )
    head = account.client("s3", GROUPS["readers"]).head_object(Bucket=outputs["output_bucket"], Key=result)
    return {
        **{name: value for name, value in outputs.items() if isinstance(value, str)},
        **{f"{purpose}_key": value for purpose, value in outputs["key_arns"].items()},
        **{
            f"{function}_role": f"arn:aws:iam::{account.account_id}:role/{prefix}-{function}"
            for function in ("processor", "reconciler", "redrive", "attestor")
        },
        "input_key": manifest["key"],
        "result_key": result,
        "result_version": head["VersionId"],
        "manifest_key": f"{manifest['output_prefix']}manifest.json",
        "reject_key": f"{manifest['quarantine_prefix']}part-00000.jsonl.gz",
        "evidence_key": evidence["Contents"][0]["Key"],
        "work_queue_arn": arn("sqs", outputs["work_queue_url"].rpartition("/")[2]),
        "dead_letter_queue_arn": arn("sqs", outputs["dead_letter_queue_url"].rpartition("/")[2]),
        "page_topic": outputs["topic_arns"]["page"],
        "table_arn": arn("dynamodb", f"table/{outputs['transactions_table']}"),
        "processor_arn": arn("lambda", f"function:{outputs['processor_function']}"),
        # IAM's name for all log groups: AWS decides DescribeLogGroups for a group with an empty name.
        "log_groups": arn("logs", "log-group::log-stream:"),
    }
