"""What the alarm records of every tier are made of."""
