"""The dashboard's edge: one FastAPI application, and the server it runs in."""
