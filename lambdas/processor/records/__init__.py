"""What a record is: its fields and their rules, account numbers, masking, tokens and totals."""
