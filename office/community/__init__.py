"""Life in the estate: activities and who comes, members and their points, birthdays, matters of law (S14, S15, S16)."""
