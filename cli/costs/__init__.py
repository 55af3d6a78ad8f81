"""What a production stack costs a month."""
