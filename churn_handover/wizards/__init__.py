from . import (
    archive,
    departure,
    feedback_about,
    feedback_dialogs,
    hr_departure_wizard,
)
