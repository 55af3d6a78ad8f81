"""What alarm records of every tier are made of."""
