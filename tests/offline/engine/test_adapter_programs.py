"""Pulumi programs with the real engine, for what depends on both the engine and the adapter."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from offline.emulator import Emulator, free_port
from tests.offline.aws.support import FaultyProxy, faulty_proxy
from tests.offline.project import Project

UP = ("up", "-s", "sample", "--yes", "--skip-preview")
LIFE = """
import json
config = pulumi.Config()
hidden = pulumi.Output.secret("sesame-street")
key = aws.kms.Key("key", description="k", deletion_window_in_days=7)
bucket = aws.s3.Bucket("files", force_destroy=True, tags={"open": "o", "hidden": hidden, "key": key.key_id})
aws.s3.BucketObjectv2("object", bucket=bucket.bucket, source=pulumi.StringAsset("hello"), content_type="text/plain")
code = pulumi.AssetArchive({"lib": pulumi.AssetArchive({"x.txt": pulumi.StringAsset("x")}), "main.py": pulumi.StringAsset(
    "def handle(event, context):\\n    return 1\\n")})
trust = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}, indent=2)
role = aws.iam.Role("role", name="fixed", path=config.get("path") or "/a/", assume_role_policy=trust)
aws.ssm.Parameter("dependent", type="String", value="v", description=role.arn)
# The provider waits five seconds after every change of a function, so the function never changes.
runner = aws.iam.Role("runner", assume_role_policy=trust)
function = aws.lambda_.Function("function", runtime="python3.12", handler="main.handle", role=runner.arn, code=code,
    environment={"variables": {"MODE": "m", "PASSWORD": hidden}},
    opts=pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="5m")))
kept = aws.ssm.Parameter("kept", type="String", value=config.get("value") or "one", tags={"a": "1"},
    opts=pulumi.ResourceOptions(ignore_changes=["value", "tags.a"]))
aws.ssm.Parameter("replaced", type="String", value="v", description=config.get("description") or "d",
    opts=pulumi.ResourceOptions(replace_on_changes=["description"]))
elsewhere = aws.Provider("elsewhere", region="eu-west-1", access_key="test", secret_key="test",
    skip_credentials_validation=True, skip_metadata_api_check=True, default_tags={"tags": {"d": "t"}},
    endpoints=[{"ssm": config.require("endpoint"), "sts": config.require("endpoint")}])
far = aws.ssm.Parameter("far", type="String", value=key.key_id, opts=pulumi.ResourceOptions(provider=elsewhere))
pulumi.export("role", aws.iam.get_role_output(name=role.name).arn)
pulumi.export("far", far.arn)
pulumi.export("tags", far.tags)
pulumi.export("code", function.source_code_hash)
pulumi.export("region", aws.get_region_output().region)
"""


@pytest.fixture
def project(aws: Emulator, tmp_path: Path) -> Project:
    project = Project(aws, tmp_path)
    configure(project, **{"sample:endpoint": aws.endpoint})
    return project


def configure(project: Project, **values: Any) -> None:
    file = project.folder / "Pulumi.sample.yaml"
    settings = yaml.safe_load(file.read_text())
    settings["config"] |= values
    file.write_text(yaml.safe_dump(settings))


def resources(project: Project) -> dict[str, dict[str, Any]]:
    deployment = json.loads(project.run("stack", "export", "-s", "sample")[1])["deployment"]
    return {resource["urn"].split("::")[-1]: resource for resource in deployment["resources"]}


def test_a_program_is_previewed_deployed_changed_and_destroyed(project: Project) -> None:
    project.program(LIFE)
    project.run("up", "-s", "sample", "--yes")
    text = project.run("stack", "export", "-s", "sample")[1]
    assert "sesame-street" not in text
    made = resources(project)
    assert made["files"]["outputs"]["tags"]["open"] == "o"
    assert made["function"]["outputs"]["environment"]["variables"]["MODE"] == "m"
    assert "ciphertext" in made["function"]["outputs"]["environment"]["variables"]["PASSWORD"]
    assert "ciphertext" in made["elsewhere"]["inputs"]["secretKey"]
    outputs = json.loads(project.run("stack", "output", "-s", "sample", "--json")[1])
    assert outputs["role"].endswith("role/a/fixed")
    assert ":eu-west-1:" in outputs["far"]
    assert (outputs["tags"], outputs["region"]) == ({"d": "t"}, "us-east-1")

    project.run(*UP, "--expect-no-changes", "-c", "value=two")
    project.run("refresh", "-s", "sample", "--yes", "--skip-preview", "--expect-no-changes")

    shown = project.run(*UP, "-c", "path=/b/", "-c", "description=other", "--json")[1]
    assert '"path"' in shown
    changed = resources(project)
    assert changed["role"]["outputs"]["arn"].endswith("role/b/fixed")
    assert changed["dependent"]["outputs"]["description"].endswith("role/b/fixed")
    assert changed["replaced"]["id"] != made["replaced"]["id"]
    assert changed["kept"]["id"] == made["kept"]["id"]
    project.run("destroy", "-s", "sample", "--yes", "--skip-preview")
    assert "aws:" not in project.run("stack", "export", "-s", "sample")[1].replace("pulumi:providers:aws", "")


SECRETS = {"config": "planted-in-config", "tag": "planted-in-default-tags", "option": "planted-in-an-option"}
PLANTED = """
secret = pulumi.Config().require_secret("planted")
role = aws.iam.Role("role", assume_role_policy='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal":'
    ' {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}')
code = pulumi.AssetArchive({"main.py": pulumi.StringAsset("def handle(event, context):\\n    return 1\\n")})
aws.lambda_.Function("function", runtime="python3.12", handler="main.handle", role=role.arn, code=code,
    environment={"variables": {"PASSWORD": secret}})
aws.ssm.Parameter("parameter", type="SecureString", value=secret, description=pulumi.Output.concat("is ", secret))
explicit = aws.Provider("explicit", region="us-east-1", access_key="test", secret_key=OPTION, token=OPTION,
    skip_credentials_validation=True, skip_metadata_api_check=True, default_tags={"tags": {"t": pulumi.Output.secret(TAG)}},
    endpoints=[{"ssm": pulumi.Config().require("endpoint"), "sts": pulumi.Config().require("endpoint")}])
aws.ssm.Parameter("far", type="String", value="v", opts=pulumi.ResourceOptions(provider=explicit))
"""


def test_no_file_and_no_output_shows_a_secret(project: Project) -> None:
    """Secrets in config, in a function's environment, in the provider's options and in its default tags; verbose logs too."""
    project.run("config", "set", "-s", "sample", "--secret", "planted", SECRETS["config"])
    project.run("config", "set", "-s", "sample", "--secret", "--path", "aws:defaultTags.tags.team", SECRETS["tag"])
    project.program(PLANTED.replace("OPTION", repr(SECRETS["option"])).replace("TAG", repr(SECRETS["tag"])))
    # From level 9 the engine itself logs every property that it sends to a provider or receives, secrets included.
    verbose = ("--logtostderr", "-v=8", "--debug")
    shown = [
        project.run("preview", "-s", "sample", "--json", *verbose)[1],
        project.run(*UP, *verbose)[1],
        project.run(*UP, "--json", "--expect-no-changes", *verbose)[1],
        project.run("refresh", "-s", "sample", "--yes", "--skip-preview", *verbose)[1],
        project.run("stack", "export", "-s", "sample")[1],
        project.run("stack", "output", "-s", "sample", "--json")[1],
    ]
    files = [file for file in project.folder.rglob("*") if file.is_file() and file.stem.split(".")[0] != "__main__"]
    for secret in SECRETS.values():
        assert not [text for text in shown if secret in text]
        assert not [file for file in files if secret.encode() in file.read_bytes()]


def test_a_resource_is_imported_by_a_program_and_another_is_only_read(project: Project) -> None:
    given = 'name="/mine", type="String", value="v", tags={"k": "v"}'
    project.program(f'aws.ssm.Parameter("mine", {given}, opts=pulumi.ResourceOptions(retain_on_delete=True))')
    project.run(*UP)
    project.program("")
    project.run(*UP)
    project.program(
        f'aws.ssm.Parameter("taken", {given}, opts=pulumi.ResourceOptions(import_="/mine"))\n'
        'pulumi.export("value", aws.ssm.Parameter.get("seen", "/mine").value)'
    )
    project.run(*UP)
    assert resources(project)["taken"]["id"] == "/mine"
    assert project.run("stack", "output", "-s", "sample", "value", "--show-secrets")[1].strip() == "v"
    project.program(f'aws.ssm.Parameter("taken", {given})')
    project.run(*UP)
    project.run(*UP, "--expect-no-changes")


@pytest.fixture
def proxy(aws: Emulator, project: Project) -> Any:
    with faulty_proxy(aws.endpoint) as proxy:
        file = project.folder / "Pulumi.sample.yaml"
        services = yaml.safe_load(file.read_text())["config"]["aws:endpoints"][0]
        configure(project, **{"aws:endpoints": [dict.fromkeys(services, proxy.endpoint)]})
        yield proxy


def test_a_failed_creation_is_in_the_state_and_the_next_up_completes_it(project: Project, proxy: FaultyProxy) -> None:
    project.program('aws.s3.Bucket("half", bucket="half-made", tags={"k": "v"})')
    proxy.refuse = b"PUT /half-made?tagging"
    code, shown = project.run(*UP, check=False)
    assert code != 0
    assert "not you" in shown
    half = resources(project)["half"]
    assert half["id"] == "half-made"
    assert half["initErrors"]
    assert half["inputs"]["tags"] == {"k": "v"}
    proxy.refuse = None
    project.run(*UP)
    whole = resources(project)["half"]
    assert "initErrors" not in whole
    assert whole["outputs"]["tagsAll"] == {"k": "v"}
    project.run(*UP, "--expect-no-changes")


@pytest.mark.parametrize(
    ("program", "settings", "words"),
    [
        ('aws.s3.BucketMetric("m", bucket="b", region="eu-west-1")', {}, ["bucketMetric", "property region"]),
        ('aws.s3.BucketPublicAccessBlock("b", bucket="b", skip_destroy=True)', {}, ["skipDestroy", "5.100.0"]),
        ("aws.odb.get_networks()", {}, ["aws:odb/getNetworks:getNetworks"]),
        ("aws.get_caller_identity()", {"aws:endpoints": [{"sts": f"http://127.0.0.1:{free_port()}"}]}, ["Nothing answers at"]),
    ],
)  # fmt: skip
def test_a_preview_names_what_the_adapter_does_not_support(
    project: Project, program: str, settings: dict[str, Any], words: list[str]
) -> None:
    configure(project, **settings)
    project.program(program)
    code, shown = project.run("preview", "-s", "sample", check=False)
    assert code != 0
    for word in words:
        assert word in shown
