"""Who uses a home: users, their keys, limits and grants, templates, and the audit."""
