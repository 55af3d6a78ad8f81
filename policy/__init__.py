"""A CrossGuard policy pack for stacks that hold sensitive records; it knows nothing of the program it checks."""
