"""The reconciler: checks every hour that each input file has a manifest, because no event reports a lost notification."""
