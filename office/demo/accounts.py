"""The demo accounts: one for every role, and two stewards with different buildings (domain R1–R12)."""

from __future__ import annotations

from models.registry import Registry

ACCOUNTS = (
    ("admin", "演示管理员", "admin"),
    ("director", "演示主任", "director"),
    ("assistant", "演示助理", "assistant"),
    ("supervisor", "演示主管", "supervisor"),
    ("steward1", "演示楼管甲", "steward"),
    ("steward2", "演示楼管乙", "steward"),
    ("frontdesk", "演示前台", "frontdesk"),
    ("cashier", "演示收银", "cashier"),
    ("billing", "演示收费主管", "billing_supervisor"),
    ("engineer", "演示工程", "engineer"),
    ("engineer2", "演示工程乙", "engineer"),
    ("cleaner", "演示保洁", "engineer"),
    ("security", "演示秩序", "security"),
    ("sales", "演示案场", "sales_desk"),
    ("auditor", "演示查账", "auditor"),
)
"""(user name, display name, role)"""


def add_accounts(registry: Registry, password: str) -> dict[str, int]:
    """Make the accounts that are not there yet, all with this password; returns their ids by user name."""
    known = {account.username: account.id for account in registry.accounts.list()}
    for username, name, role in ACCOUNTS:
        if username not in known:
            known[username] = registry.accounts.add(username, name, [role], password, demo=True)
    return {username: known[username] for username, _, _ in ACCOUNTS}
