from . import (
    archive,
    departure,
    hr_departure_wizard,
)
