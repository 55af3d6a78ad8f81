"""A CrossGuard policy pack for stacks that hold sensitive records; it does not depend on the program that it checks."""
