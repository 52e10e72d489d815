from . import feedback_about
