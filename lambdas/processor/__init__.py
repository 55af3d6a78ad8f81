"""The processor: checks the records of an input file and publishes them to the output and quarantine buckets."""
