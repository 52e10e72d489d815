"""Load a company from csv files into an Odoo database; COMPANY_FORMAT.md describes the files.

Usage: python -m dev.company --help
"""

from dev.company.read import CompanyError, read_company

__all__ = ["CompanyError", "load_company", "read_company"]


def load_company(env, folder, *, seed=1, open_business=True):
    """Load the company in `folder` into the database of `env`; the caller commits.

    :param seed: of the generated open business
    :param open_business: whether to generate opportunities, quotations, activities, meetings, draft invoices
    :return: dev.company.load.Loaded
    :raise CompanyError: naming file and line of what is wrong; nothing was written then
    """
    from dev.company.load import load  # needs Odoo, while reading the files doesn't

    return load(env, read_company(folder), seed, open_business)
