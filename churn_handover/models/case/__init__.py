from . import (
    case,
    case_flow,
    case_decision,
    case_return,
    case_detect,
    case_compensation,
    case_credit,
    credit,
    crm_lead_referrer,
    res_partner_case,
)
