"""What a server's people see of it at a glance on the dashboard, live: how it is, and who is in voice."""
