"""The formats of input files, one module each. Importing a module here registers its format."""

from lambdas.processor.formats import (  # noqa: F401 - imported to register
    csv,
    json_lines,
)
