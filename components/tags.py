"""Tags, added by stack transformations, which also reach the children of components."""

from collections.abc import Callable, Mapping, Sequence

from pulumi import Input, Resource, ResourceOptions, ResourceTransformationArgs, ResourceTransformationResult

Transformation = Callable[[ResourceTransformationArgs], ResourceTransformationResult | None]

CLASSIFICATION = "data-classification"


def tagging(tags: Mapping[str, str]) -> Transformation:
    """Return a transformation that adds tags to every taggable AWS resource; existing tags take precedence.

    A resource is taggable if its class in the SDK has the property `tags_all`.
    """

    def add(args: ResourceTransformationArgs) -> ResourceTransformationResult | None:
        if not hasattr(type(args.resource), "tags_all"):
            return None
        present: Mapping[str, Input[str]] = args.props.get("tags") or {}  # type: ignore[assignment]
        return ResourceTransformationResult(props={**args.props, "tags": {**tags, **present}}, opts=args.opts)

    return add


def classified(classification: str, depends_on: Sequence[Resource] = ()) -> ResourceOptions:
    """Return options that tag a component's resources with a data class: `restricted`, `internal` or `audit`."""
    return ResourceOptions(transformations=[tagging({CLASSIFICATION: classification})], depends_on=list(depends_on))
