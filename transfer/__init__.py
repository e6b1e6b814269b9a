"""Files in and out: any spreadsheet read, matched, tried, written; records streamed out. Knows nothing of property."""
