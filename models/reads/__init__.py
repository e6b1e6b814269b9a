"""Everything that is read goes through here: the scope, lists and their pages, search, sums, expressions as SQL."""
