"""Signs: the register, what was asked for, the two checks a day, what is damaged (G1–G3)."""
