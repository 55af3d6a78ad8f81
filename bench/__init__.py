"""The measurements that the README quotes: each prints its figures, speed as a ratio within one run."""
