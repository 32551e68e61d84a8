"""OAuth2: people allow the application something, and it fetches tokens for it."""
