"""The processor: files of financial records come in, validated and tokenised records go out, nothing is lost."""
