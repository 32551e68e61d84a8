"""Under which conditions somebody who listens to events wants to be sent one, and what would have been sent."""
