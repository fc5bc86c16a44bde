"""What all pages of the desk share: who is signed in, the route, the frame, the look."""
