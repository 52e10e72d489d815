from . import (
    account,
    assignment,
    change,
    handover,
    handover_line,
    ownership_rule,
    res_partner,
    team_member,
    team_role,
)
