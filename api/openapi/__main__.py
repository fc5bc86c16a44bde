"""Prints what is checked in of the interface: `python -m api.openapi > docs/openapi.json`, and
`python -m api.openapi errors > docs/errors.md`.
"""

import json
import sys

from api.app import create_app
from api.openapi.error_catalogue import catalogue

if __name__ == "__main__":
    if sys.argv[1:] == ["errors"]:
        sys.stdout.write(catalogue())
    elif sys.argv[1:]:
        sys.exit("Give nothing for the OpenAPI document, or `errors` for the catalogue of errors.")
    else:
        json.dump(create_app().openapi(), sys.stdout, indent=1, ensure_ascii=False)
        sys.stdout.write("\n")
