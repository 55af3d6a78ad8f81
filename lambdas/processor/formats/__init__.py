"""The formats of input files, one module each. Importing a module here registers its format."""

from lambdas.processor.formats import csv, json_lines  # noqa: F401
