"""What is known of each commune, as numbers that lead back to raw rows; what others published."""
