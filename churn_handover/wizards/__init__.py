from . import (
    archive,
    departure,
    feedback_about,
    feedback_dialogs,
    handover_assign,
    handover_preview,
    hr_departure_wizard,
    partner_merge,
    strategy,
)
