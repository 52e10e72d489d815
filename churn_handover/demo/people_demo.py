"""Users, sales teams and employees."""

import base64

from odoo.fields import Command
from odoo.tools import file_open

from .demo import Demo

GROUPS = {
    "manager": ["sales_team.group_sale_manager", "mass_mailing.group_mass_mailing_user"],
    "leader": ["sales_team.group_sale_salesman_all_leads", "churn_handover.group_churn_leader"],
    "rep": ["sales_team.group_sale_salesman"],
    "gone": ["sales_team.group_sale_salesman"],
}
TEAMS = {"china": "China 中国区", "international": "International 国际区"}


def make(env):
    demo = Demo(env)
    rows = demo.rows("people")
    created = env["res.users"].create([_user_values(env, row) for row in rows])
    users = demo.keep("person", dict(zip([row["key"] for row in rows], created, strict=True)))
    for key, name in TEAMS.items():
        members = [users[row["key"]] for row in rows if row["team"] == key]
        leader = next(users[row["key"]] for row in rows if row["team"] == key and row["group"] == "leader")
        env["crm.team"].create(
            {
                "name": name,
                "user_id": leader.id,
                "crm_team_member_ids": [Command.create({"user_id": user.id}) for user in members],
            }
        )
    _make_employees(env, rows, users)
    # Odoo's own first team has the administrator as a member, who serves nobody and would be proposed as a successor.
    env.ref("sales_team.team_sales_department").crm_team_member_ids.action_archive()
    return {"users": len(users)}


def _user_values(env, row):
    return {
        "name": row["name"],
        "login": row["key"],
        "email": f"{row['key']}@northlight.example",
        "company_id": env.company.id,
        "company_ids": [Command.set(env.company.ids)],
        "group_ids": [Command.set([env.ref(group).id for group in GROUPS[row["group"]]])],
        "notification_type": "inbox",
    }


def _make_employees(env, rows, users):
    department = env["hr.department"].create({"name": "Sales"})
    employees = {}
    for row in rows:
        user = users[row["key"]]
        employees[row["key"]] = env["hr.employee"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "work_email": user.email,
                "job_title": row["job"],
                "department_id": department.id,
                "parent_id": employees[row["leader"]].id if row["leader"] else False,
                "active": row["group"] != "gone",
                "image_1920": _photo(row["photo"]),
            }
        )


def _photo(name):
    """One of the faces that come with Odoo's employees app; some people have none, as in every company."""
    if not name:
        return False
    with file_open(f"hr/static/img/{name}", "rb") as file:
        return base64.b64encode(file.read())
