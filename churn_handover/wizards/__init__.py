from . import (
    activity_schedule,
    archive,
    departure,
    feedback_about,
    feedback_dialogs,
    handover_assign,
    handover_preview,
    hr_departure_wizard,
    lead_conversion,
    partner_merge,
)
