"""At most once, never lost: campaigns that try to break it, and what they judge by."""
