"""The one mechanism that tags: transformations, which reach the children of components too."""

from collections.abc import Callable, Mapping, Sequence

from pulumi import Input, Resource, ResourceOptions, ResourceTransformationArgs, ResourceTransformationResult

Transformation = Callable[[ResourceTransformationArgs], ResourceTransformationResult | None]

CLASSIFICATION = "data-classification"


def tagging(tags: Mapping[str, str]) -> Transformation:
    """Return a transformation that adds tags to every taggable AWS resource; a tag that is set already stays.

    Taggable is what the SDK gives a `tags_all`, the provider's own account of a resource's tags.
    """

    def add(args: ResourceTransformationArgs) -> ResourceTransformationResult | None:
        if not hasattr(type(args.resource), "tags_all"):
            return None
        present: Mapping[str, Input[str]] = args.props.get("tags") or {}  # type: ignore[assignment]
        return ResourceTransformationResult(props={**args.props, "tags": {**tags, **present}}, opts=args.opts)

    return add


def classified(classification: str, depends_on: Sequence[Resource] = ()) -> ResourceOptions:
    """Return the options of a tier whose resources hold data of one class: `restricted`, `internal` or `audit`."""
    return ResourceOptions(transformations=[tagging({CLASSIFICATION: classification})], depends_on=list(depends_on))
