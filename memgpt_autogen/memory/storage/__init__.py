"""The SQL database: tables, migrations, the log, and the locks between processes."""
