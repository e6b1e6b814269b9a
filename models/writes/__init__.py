"""Everything that is written goes through here: the store, what it checks, and what it keeps true."""
