from . import (
    archive,
    departure,
    feedback_about,
    feedback_dialogs,
    gate_waive,
    handover_assign,
    handover_preview,
    hr_departure_wizard,
    introduction,
    partner_merge,
)
