"""Account teams, key accounts, and the history of who owned what; the figures of the accounts follow from them."""

from .account_demo import former_until
from .demo import MODULE, Demo
from .order_demo import customer_since


def make(env):
    demo = Demo(env)
    rows = demo.rows("accounts")
    members = env["churn.team.member"].create([values for row in rows for values in _members(demo, row)])
    env["churn.account"].create(
        [
            {
                "partner_id": demo.accounts[row["key"]].id,
                "company_id": env.company.id,
                "is_key_account": True,
            }
            for row in rows
            if row["is_key"]
        ]
    )
    _tell_the_history(demo, rows)
    env["churn.account"]._refresh(env.company)
    demo.users["guo"].action_archive()
    return {"account team members": len(members)}


def _members(demo, row):
    """Backups in their order, and who does the service."""
    shared = {"account_id": demo.accounts[row["key"]].id, "date_from": demo.ago(min(int(row["first"]), 300))}
    manages, serves = (demo.env.ref(f"{MODULE}.{role}").id for role in ("role_account_manager", "role_service"))
    backup = {**shared, "role_id": manages, "is_backup": True, "customer_visible": False}
    members = [
        {**backup, "user_id": demo.users[key].id, "backup_rank": rank}
        for rank, key in enumerate(row["backups"].split(), start=1)
    ]
    if row["service"]:
        members.append({**shared, "user_id": demo.users[row["service"]].id, "role_id": serves})
    return members


def _tell_the_history(demo, rows):
    """Date the owners back: they came with the first order, or when the former owner went."""
    assignments = demo.env["churn.assignment"]
    accounts = [account.id for account in demo.accounts.values()]
    running = assignments.search(
        [("account_id", "in", accounts), ("kind", "=", "owner"), ("date_to", "=", False)]
    ).grouped("account_id")
    for row in rows:
        account = demo.accounts[row["key"]]
        first, changed = demo.ago(customer_since(row)), demo.ago(former_until(row))
        running[account].date_from = first
        if row["former"]:
            running[account].write({"date_from": changed, "start_reason": "manual"})
            assignments.create(
                {
                    "account_id": account.id,
                    "account_name": account.name,
                    "user_id": demo.users[row["former"]].id,
                    "date_from": first,
                    "date_to": changed,
                    "start_reason": "created",
                    "end_reason": "manual",
                }
            )
