"""What the stack is watched for: alarms as data, and what is rendered from them."""
