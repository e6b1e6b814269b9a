"""Where records lie: the database, its tables, rows in and out of them, numbers, files, backups."""
