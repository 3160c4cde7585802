"""What runs inside an instance."""
