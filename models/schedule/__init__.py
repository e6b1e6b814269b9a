"""What the office does by the clock: when a job is due, who runs it, what came of it."""
