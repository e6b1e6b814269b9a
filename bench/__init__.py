"""How much a page costs above the bare SQL of the same page, and how that grows with the table."""
