"""The people, accounts and products of a company, made with the ORM."""

from collections import Counter
from dataclasses import dataclass

from odoo.fields import Command

from dev.company.names import contact_name, person_name, pool, slug
from dev.company.read import CompanyError

XMLID_MODULE = "__import__"
BATCH = 1000
# The import speaks to nobody: no mail, no chatter line per value, no follower but the ones it sets itself.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "no_reset_password": True,
}


@dataclass
class Records:
    """What was made, by the numbers used in the files."""

    users: dict
    teams: dict  # by territory; "" is the team of an order without territory
    manager: object
    accounts: dict  # {number: id of the partner}
    contacts: dict  # {number: id of the contact person}
    products: dict


def load_masters(env, company):
    """Make users, sales teams, employees, accounts with contact persons and products; return the Records.

    Accounts have no owner yet: it is set when the orders are in, so that the history can be told from them.
    """
    env = env(context={**env.context, **QUIET})
    users, manager = _users(env, company)
    teams = _teams(env, company, users, manager)
    _employees(env, users, manager, teams)
    accounts, contacts = _accounts(env, company)
    products = _products(env, company)
    return Records(users, teams, manager, accounts, contacts, products)


def keep_numbers(env, kind, records):
    """Give the records external ids, so that `env.ref("__import__.person_282")` finds them.

    :param records: {number: record}
    """
    env["ir.model.data"]._update_xmlids(
        [
            {"xml_id": f"{XMLID_MODULE}.{kind}_{ref}", "record": record, "noupdate": True}
            for ref, record in records.items()
        ]
    )


def batches(items):
    items = list(items)
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


# -- people


def _users(env, company):
    """All users as {number: user}, and the sales manager among them."""
    territories = company.territories()
    head = company.manager() or "manager"
    groups = {ref: _groups(person) for ref, person in company.people.items()}
    groups[head] = ["sales_team.group_sale_manager"]
    drawn = Counter()
    values = []
    for ref in groups:
        home = {territories[place][0].most_common(1)[0][0] for place in _places(company, ref) if place in territories}
        country = pool(home.pop()) if len(home) == 1 else ""
        values.append(_user_values(env, person_name(drawn[country], country), groups[ref]))
        drawn[country] += 1
    taken = env["res.users"].with_context(active_test=False).search([("login", "in", [row["login"] for row in values])])
    if taken:
        raise CompanyError(f"the database has a user {taken[0].login} already: load into a new one")
    users = env["res.users"].create(values)
    records = dict(zip(groups, users, strict=True))
    keep_numbers(env, "person", records)
    return records, records[head]


def _places(company, ref):
    return company.people[ref].territories if ref in company.people else []


def _groups(person):
    if person.leads:
        return ["sales_team.group_sale_salesman_all_leads", "churn_handover.group_churn_leader"]
    return ["sales_team.group_sale_salesman"]


def _user_values(env, name, groups):
    login = slug(name)
    return {
        "name": name,
        "login": login,
        "email": f"{login}@company.example",
        "company_id": env.company.id,
        "company_ids": [Command.set(env.company.ids)],
        "group_ids": [Command.set([env.ref(group).id for group in groups])],
        "notification_type": "inbox",
    }


def _teams(env, company, users, manager):
    people = {ref: person for ref, person in company.people.items() if users[ref] != manager}
    territories = company.territories()
    if any(len(person.territories) > 1 for person in people.values()):
        env["ir.config_parameter"].set_param("sales_team.membership_multi", "True")
    teams = {}
    for sequence, territory in enumerate(sorted(territories, key=lambda ref: (len(ref), ref)) or [""], start=10):
        members = [ref for ref, person in people.items() if not territory or territory in person.territories]
        leader = next((ref for ref in members if people[ref].leads), None)
        if not leader and territory:
            leader = next((ref for ref, _ in territories[territory][1].most_common() if users[ref] != manager), None)
        teams[territory] = env["crm.team"].create(
            {
                "name": _team_name(company, territory, territories),
                "sequence": sequence,
                "user_id": users[leader].id if leader else manager.id,
                "use_opportunities": True,
                "crm_team_member_ids": [Command.create({"user_id": users[ref].id}) for ref in members],
            }
        )
    keep_numbers(env, "team", {territory or "all": team for territory, team in teams.items()})
    return teams


def _team_name(company, territory, territories):
    """A territory is called after its country; one of several in it also after its two biggest states."""
    if not territory:
        return "Field Sales"
    country = territories[territory][0].most_common(1)[0][0]
    if not country:
        return f"Territory {territory}"
    others = [ref for ref, (countries, _) in territories.items() if countries.most_common(1)[0][0] == country]
    if len(others) == 1:
        return country
    states = {}
    for order in company.orders:
        if order.territory == territory:
            state = company.accounts[order.account].state
            states[state] = states.get(state, 0) + 1
    biggest = sorted(states, key=lambda state: (-states[state], state))[:2]
    return f"{country}: {', '.join(biggest)}"


def _employees(env, users, manager, teams):
    department = env["hr.department"].create({"name": "Sales"})

    def employee(user, title, parent=None):
        return env["hr.employee"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "work_email": user.email,
                "job_title": title,
                "department_id": department.id,
                "parent_id": parent and parent.id,
            }
        )

    head = employee(manager, "Head of Sales")
    department.manager_id = head
    leaders = {}
    for team in teams.values():
        if team.user_id != manager and team.user_id not in leaders:
            leaders[team.user_id] = employee(team.user_id, "Team Leader", head)
    for user in users.values():
        if user != manager and user not in leaders:
            parent = leaders.get(user.sale_team_id.user_id, head)
            employee(user, "Salesperson", parent)


# -- accounts


def _accounts(env, company):
    places = _Places(env)
    values = [places.account_values(account) for account in company.accounts.values()]
    if places.problems:
        raise CompanyError(*places.problems)
    ids = []
    for batch in batches(values):
        ids += env["res.partner"].create(batch).ids
    accounts = dict(zip(company.accounts, ids, strict=True))
    contacts = {}
    if company.has_contacts:
        values = [_contact_values(account, accounts[ref]) for ref, account in company.accounts.items()]
        ids = []
        for batch in batches(values):
            ids += env["res.partner"].create(batch).ids
        contacts = dict(zip(company.accounts, ids, strict=True))
    partners = env["res.partner"].browse(accounts.values())
    keep_numbers(env, "account", dict(zip(accounts, partners, strict=True)))
    return accounts, contacts


def _contact_values(account, parent_id):
    name = contact_name(account.ref, account.country)
    return {
        "name": name,
        "parent_id": parent_id,
        "function": "Purchasing Manager",
        "email": f"{slug(name)}@{_domain(account)}",
    }


def _domain(account):
    return f"{slug(account.name).replace('.', '-')}-{slug(account.ref)}.example"


class _Places:
    """Finds countries, states and industries by name; makes industries that are missing."""

    def __init__(self, env):
        self.env = env
        self.problems = []
        english = env(context={**env.context, "lang": "en_US"})
        self.countries = {country.name.lower(): country.id for country in english["res.country"].search([])}
        self.states = {
            (state.country_id.id, state.name.lower()): state.id for state in english["res.country.state"].search([])
        }
        self.industries = {
            self._letters(industry.name): industry.id for industry in english["res.partner.industry"].search([])
        }

    @staticmethod
    def _letters(name):
        """'Ware House' and 'Warehouse' are one business type."""
        return slug(name).replace(".", "")

    def account_values(self, account):
        country = self.countries.get(account.country.lower(), False)
        if account.country and not country:
            self.problems.append(f"{account.where}: country {account.country!r} is not known")
        return {
            "name": account.name,
            "is_company": True,
            "ref": account.ref,
            "city": account.city or False,
            "country_id": country,
            "state_id": self.states.get((country, account.state.lower()), False),
            "industry_id": self._industry(account.business_type),
            "email": f"office@{_domain(account)}",
            "customer_rank": 1,
        }

    def _industry(self, name):
        if not name:
            return False
        key = self._letters(name)
        if key not in self.industries:
            self.industries[key] = self.env["res.partner.industry"].create({"name": name}).id
        return self.industries[key]


# -- products


def _products(env, company):
    prices = {}
    for order in company.orders:
        for line in order.lines:
            prices[line.product] = max(prices.get(line.product, 0.0), line.price)
    categories = {}

    def category(*path):
        if path not in categories:
            parent = category(*path[:-1]) if len(path) > 1 else env["product.category"]
            categories[path] = env["product.category"].create({"name": path[-1], "parent_id": parent.id})
        return categories[path]

    values = []
    for product in company.products.values():
        path = [name for name in (product.category, product.subcategory) if name]
        values.append(
            {
                "name": product.name,
                "default_code": product.ref,
                "type": "consu",
                "invoice_policy": "order",
                "list_price": prices.get(product.ref, 0.0),
                "standard_price": product.cost,
                **({"categ_id": category(*path).id} if path else {}),
            }
        )
    products = dict(zip(company.products, env["product.product"].create(values), strict=True))
    keep_numbers(env, "product", products)
    return products
