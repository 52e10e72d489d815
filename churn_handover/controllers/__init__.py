from . import letter_page
