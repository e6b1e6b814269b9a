"""What passes the gate: incidents and their plans, visitors, goods that leave, mail (S9, S10, S11)."""
