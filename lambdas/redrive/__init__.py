"""The redrive function: returns messages and files to the processor for operators, who can read neither."""
