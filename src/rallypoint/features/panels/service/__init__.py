"""What people do with rooms."""
