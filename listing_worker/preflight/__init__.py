"""What a marketplace would say to a listing before anything is queued: what is missing, what breaks a limit, what would
be changed and to what. Pure: nothing here opens a page or a database."""
