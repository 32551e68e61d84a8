"""Settings, incidents and the audit log, one a module."""
