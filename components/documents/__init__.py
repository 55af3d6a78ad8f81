"""Policy documents as pure functions of plain values: no Pulumi here, so that a test needs none either."""
