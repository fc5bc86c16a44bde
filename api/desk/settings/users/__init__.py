"""Who may sign in, as what; and where somebody is signed in."""
