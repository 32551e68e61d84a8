"""What every feature leans on. Imports none of our other code, nor discord or fastapi."""
