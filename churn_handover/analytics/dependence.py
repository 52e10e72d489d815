"""Person dependence: how much of a customer relationship hangs on one person, 0–100, as points with reasons.

The shape follows Raffiee (Strategic Management Journal 2017): a client follows a leaver with about 2 % more probability
per half-year with the person, 1 % less per half-year with the firm, 2.5 % less per further team member. One per cent
there is ``SCALE`` points here. The weight of the contacts themselves and of the products is a judgement, marked below.
So the score orders accounts; it is no probability, and it says nothing about how good a person is.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

SCALE = 2.0
PER_HALF_YEAR_WITH_PERSON = 2.0 * SCALE
PER_HALF_YEAR_WITH_FIRM = -1.0 * SCALE
PER_COLLEAGUE = -2.5 * SCALE
HALF_YEARS = 6  # what the study saw; longer is not known to matter more
COLLEAGUES = 4
# Judgement: what hangs on one person is first of all who talks with the customer.
SHARE = 50.0
BACKUP = -10.0
ONE_PERSON, MANY_PEOPLE = 10.0, -5.0  # one or none on the customer's side known; four and more
MANY = 4
PRODUCT_PERSON, PRODUCT_ALIKE = 10.0, 10.0
HIGH, MEDIUM = 60, 35

REASONS = ("share", "person", "firm", "colleagues", "backup", "people", "service", "alike")
LEVELS = ("low", "medium", "high")
# What could be done about it: how the inputs would look then.
ADVICE = ("backup", "colleague", "people")


@dataclass
class Inputs:
    """Arrays with one value per account; contacts are days with real contact in the last 12 months.

    :param owner_days: of the owner; ``all_days``: of everybody of us; ``backup_days``: of the backups
    :param colleagues: others of us with contact; ``people``: people of the customer with contact
    :param months_person: since the owner took the account; ``months_firm``: since the first order
    :param service: share 0–1 of the products' value that is the person; ``alike``: how alike competing products are
    """

    owner_days: np.ndarray
    all_days: np.ndarray
    backup_days: np.ndarray
    colleagues: np.ndarray
    people: np.ndarray
    months_person: np.ndarray
    months_firm: np.ndarray
    service: np.ndarray
    alike: np.ndarray

    @classmethod
    def of(cls, **values):
        """Inputs from lists; for the tests and for one account."""
        return cls(*(np.atleast_1d(np.asarray(values[item.name], dtype=float)) for item in fields(cls)))


def points(inputs):
    """Array (accounts × REASONS): what each reason adds or takes."""
    half_years = [np.clip(months / 6, 0, HALF_YEARS) for months in (inputs.months_person, inputs.months_firm)]
    return np.column_stack(
        [
            SHARE * share(inputs),
            PER_HALF_YEAR_WITH_PERSON * half_years[0],
            PER_HALF_YEAR_WITH_FIRM * half_years[1],
            PER_COLLEAGUE * np.minimum(inputs.colleagues, COLLEAGUES),
            np.where(inputs.backup_days > 0, BACKUP, 0.0),
            np.select([inputs.people <= 1, inputs.people >= MANY], [ONE_PERSON, MANY_PEOPLE], 0.0),
            PRODUCT_PERSON * inputs.service,
            PRODUCT_ALIKE * inputs.alike,
        ]
    )


def share(inputs):
    """The owner's share of the contacts; 0 without any."""
    return inputs.owner_days / np.maximum(inputs.all_days, 1)


def score(inputs):
    """Person dependence, whole numbers from 0 to 100."""
    return np.clip(np.rint(points(inputs).sum(axis=1)), 0, 100).astype(int)


def level(scores):
    """Position in LEVELS; the highest is a thin bridge."""
    return (np.asarray(scores) >= MEDIUM).astype(int) + (np.asarray(scores) >= HIGH)


def advice(inputs):
    """What would lower the score most: (position in ADVICE or -1, score then).

    A colleague is taken to have a quarter of the contacts that the owner has now, at least one.
    """
    shared = np.maximum(np.rint(inputs.owner_days / 4), 1)
    joined = replace(inputs, all_days=inputs.all_days + shared, colleagues=inputs.colleagues + 1)
    options = [
        replace(joined, backup_days=inputs.backup_days + shared),
        joined,
        replace(inputs, people=np.maximum(inputs.people + 1, 2)),
    ]
    then = np.column_stack([score(option) for option in options])
    # With a backup who has contact already there is nothing to gain from a second one.
    then[:, 0] = np.where(inputs.backup_days > 0, 101, then[:, 0])
    best = then.argmin(axis=1)
    lowest = then[np.arange(len(best)), best]
    return np.where(lowest < score(inputs), best, -1), lowest


def recorded(owner, owner_days, active):
    """How much of each owner's contact is recorded: the share of the accounts that ordered with a recorded contact.

    Who sells to a customer talked with somebody there; if nothing is recorded, the contact is outside the system.

    :param owner: ids; ``active``: whether the account ordered in the last 12 months
    :return: {owner id: share}; None for an owner without such accounts
    """
    owners, position = np.unique(owner, return_inverse=True)
    sold = np.bincount(position, weights=active, minlength=len(owners))
    known = np.bincount(position, weights=active & (owner_days > 0), minlength=len(owners))
    return {
        int(user): float(part / total) if total else None for user, part, total in zip(owners, known, sold, strict=True)
    }
