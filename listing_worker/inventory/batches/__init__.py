"""The same thing done about many: rehearsed on one, watched, paused when it goes wrong, undone where it can be."""
