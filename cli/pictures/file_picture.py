"""Draws the way of a file, from its upload to the evidence."""

from typing import get_args

from cli.pictures.svg import Box, Picture
from components.attestation import tier as attestation
from components.data.buckets import BUCKETS
from components.monitoring.catalogue import COMPOSITES, all_alarms
from components.principals import Principals
from components.processing import queue, reconciler
from components.shared.alarms.record import Severity
from lambdas.attestor.controls import CONTROLS

_SECONDS_PER_DAY = 24 * 3600


def file_picture() -> Picture:
    """Return the picture of the way of a file."""
    picture = Picture(
        "The way of a file",
        "An uploader puts a file into the input bucket. Its notification is a message in the work queue, which the processor handles. The processor "
        "writes accepted records to the output bucket, rejected ones to quarantine, transactions to the table, and the manifest last. A message that "
        "fails too often moves to the dead-letter queue. The reconciler looks for files without a manifest. Metrics raise alarms, and alarms notify "
        "people through topics. The attestor compares the deployed stack with its expected state and leaves evidence in the audit bucket.",
        1100,
        680,
    )
    uploaders = picture.box("Uploaders", [], Box(20, 195, 105, 40), "people")
    source = picture.box("Input bucket", _bucket("input"), Box(170, 150, 180, 130), "store")
    days = queue.DEAD_LETTER_RETENTION_SECONDS // _SECONDS_PER_DAY
    dead_letters = picture.box("Dead-letter queue", [f"kept for {days} days"], Box(430, 60, 175, 60), "store")
    work = picture.box("Work queue", [f"{queue.MAX_RECEIVES} attempts"], Box(430, 185, 175, 60), "store")
    network = picture.frame("private network", Box(670, 110, 155, 335))
    processor = picture.box(
        "Processor",
        ["checks, masks and tokenises records; writes the manifest last"],
        Box(680, 140, 135, 150),
        "function",
    )
    reconciler_box = picture.box(
        "Reconciler", [reconciler.SCHEDULE, "looks for files without a manifest"], Box(680, 335, 135, 100), "function"
    )
    output = picture.box("Output bucket", _bucket("output"), Box(915, 45, 170, 140), "store")
    quarantine = picture.box("Quarantine bucket", _bucket("quarantine"), Box(915, 205, 170, 140), "store")
    table = picture.box("Table", ["index of manifests and transactions"], Box(915, 365, 170, 75), "store")

    picture.arrow(uploaders.right(), source.left())
    picture.arrow(source.right(), work.left(), label="notification")
    picture.arrow(work.top(), dead_letters.bottom(), label=f"after {queue.MAX_RECEIVES} attempts", at=(517, 157))
    picture.arrow(work.right(), processor.left(), label="message", at=(637, 208))
    picture.arrow(processor.right(0.1), output.left(0.4), label="1 accepted", at=(865, 122))
    picture.arrow(processor.right(0.35), output.left(0.9), label="3 manifest", at=(865, 188))
    picture.arrow(processor.right(0.6), quarantine.left(0.4), label="1 rejected", at=(865, 249))
    picture.arrow(processor.right(0.9), table.left(0.2), label="2 index", at=(865, 330))
    picture.arrow(reconciler_box.right(0.8), table.left(0.65), label="looks up", at=(868, 411))
    picture.arrow(reconciler_box.left(), (source.bottom()[0], reconciler_box.left()[1]), source.bottom(), label="lists")
    _alarms(picture, network)
    return picture


def _alarms(picture: Picture, network: Box) -> None:
    """Draw what watches, and who is notified."""
    metrics = picture.box(
        "Metrics",
        ["of functions, queues, buckets and table; lines of trail and logs that match a filter"],
        Box(650, 505, 195, 100),
    )
    records = (*all_alarms(Principals()), *COMPOSITES)
    alarms = picture.box("Alarms", [f"{len(records)}, each with a runbook"], Box(450, 522, 145, 66), "alarm")
    people = picture.box("People on call", [], Box(20, 535, 150, 40), "people")
    for y, severity in zip((470, 585), get_args(Severity), strict=True):
        number = sum(record.severity == severity for record in records)
        topic = picture.box(f"Topic: {severity}", [f"{number} alarms"], Box(235, y, 150, 55), "alarm")
        picture.arrow(alarms.left(), topic.right())
        picture.arrow(topic.left(), people.right())
    attestor = picture.box(
        "Attestor",
        [f"{len(CONTROLS)} controls, at each deployment and by {attestation.SCHEDULE}"],
        Box(915, 475, 170, 90),
        "function",
    )
    evidence = picture.box("Audit bucket", [_protection("audit")], Box(915, 612, 170, 55), "store")
    picture.arrow(network.bottom(), metrics.top(), label="write", at=(775, 480))
    picture.arrow(metrics.left(), alarms.right())
    picture.arrow(attestor.left(), metrics.right(0.15))
    picture.arrow(attestor.bottom(), evidence.top(), label="evidence", at=(1000, 592))


def _bucket(name: str) -> list[str]:
    readers = ", ".join(group.replace("_", " ") for group in BUCKETS[name].named_readers)
    return [BUCKETS[name].content, _protection(name), *([f"read by {readers}"] if readers else [])]


def _protection(name: str) -> str:
    row = BUCKETS[name]
    return f"{row.key or 'S3'} key" + (", locked" if row.locked else "")
