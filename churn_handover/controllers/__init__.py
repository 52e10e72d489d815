from . import quality, training
from . import letter_page
from . import safeguard
from . import quality
