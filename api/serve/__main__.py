"""See `api.serve`."""

from api.serve import main

main()
