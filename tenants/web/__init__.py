"""Pages about oneself and one's operator."""
