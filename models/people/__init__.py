"""Who uses the office: accounts, sign-ins, preferences, comments, the values they ask to see in full."""
