"""What travels between nodes and devices, and what is signed."""
