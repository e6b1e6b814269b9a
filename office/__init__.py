"""The property rules; importing it makes the operations, jobs, reports and papers known that the schema names."""

from office import figures, occupancy, surveys
from office.bank import batch
from office.bank import papers as bank_papers
from office.billing import bills, notices, past_payments, run
from office.callbacks import claims, coverage, outcomes
from office.callbacks import opening as callback_opening
from office.callbacks import papers as callback_papers
from office.callbacks import policy as callback_policy
from office.callbacks import requests as callback_requests
from office.community import birthdays, law, points, signups
from office.community import papers as community_papers
from office.dispatch import charging, departments, dispatching, following, prices, rating, roster
from office.dispatch import papers as dispatch_papers
from office.dunning import cases, holds, legal, letters, policy, work
from office.gate import goods, incidents, mail, visitors
from office.gate import papers as gate_papers
from office.gate import policy as gate_policy
from office.metering import actions, balance, readings
from office.notices import certificates, confirming, issuing
from office.notices import papers as notice_papers
from office.renovation import acceptance, air_conditioners, cards, inspections, passes, permits, units
from office.renovation import checking as renovation_checks
from office.renovation import deposits as renovation_deposits
from office.renovation import dossier as renovation_dossier
from office.renovation import papers as renovation_papers
from office.renovation import policy as renovation_policy
from office.renovation import week as renovation_week
from office.requests import closing as request_closing
from office.requests import course as request_course
from office.requests import deeds as request_deeds
from office.requests import policy as request_policy
from office.requests import telling as request_telling
from office.rounds import figures as round_figures
from office.rounds import papers as round_papers
from office.rounds import plans as round_plans
from office.rounds import recording as round_recording
from office.rounds import requests as round_requests
from office.rounds import stand_ins as round_stand_ins
from office.signage import asking as sign_asking
from office.signage import checks as sign_checks
from office.signage import faults as sign_faults
from office.signage import papers as sign_papers
from office.signage import policy as sign_policy
from office.till import closing, days, deposits, reversal, taking
from office.till import papers as till_papers

__all__ = [
    "acceptance",
    "actions",
    "air_conditioners",
    "balance",
    "bank_papers",
    "batch",
    "bills",
    "birthdays",
    "callback_opening",
    "callback_papers",
    "callback_policy",
    "callback_requests",
    "cards",
    "cases",
    "certificates",
    "charging",
    "claims",
    "closing",
    "community_papers",
    "confirming",
    "coverage",
    "days",
    "departments",
    "deposits",
    "dispatch_papers",
    "dispatching",
    "figures",
    "following",
    "gate_papers",
    "gate_policy",
    "goods",
    "holds",
    "incidents",
    "inspections",
    "issuing",
    "law",
    "legal",
    "letters",
    "mail",
    "notice_papers",
    "notices",
    "occupancy",
    "outcomes",
    "passes",
    "past_payments",
    "permits",
    "points",
    "policy",
    "prices",
    "rating",
    "readings",
    "renovation_checks",
    "renovation_deposits",
    "renovation_dossier",
    "renovation_papers",
    "renovation_policy",
    "renovation_week",
    "request_closing",
    "request_course",
    "request_deeds",
    "request_policy",
    "request_telling",
    "reversal",
    "roster",
    "round_figures",
    "round_papers",
    "round_plans",
    "round_recording",
    "round_requests",
    "round_stand_ins",
    "run",
    "sign_asking",
    "sign_checks",
    "sign_faults",
    "sign_papers",
    "sign_policy",
    "signups",
    "surveys",
    "taking",
    "till_papers",
    "units",
    "visitors",
    "work",
]
