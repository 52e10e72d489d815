from . import (
    archive,
    departure,
    feedback_about,
    hr_departure_wizard,
)
