"""REST v10, its modules named as Discord's documentation names its resources."""
