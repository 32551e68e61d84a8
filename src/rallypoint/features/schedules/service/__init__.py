"""What people do with schedules, and what they see of the scheduler."""
