"""What an attempt leaves behind to look at: its timeline with pictures, free of secrets and of anybody's addresses."""
