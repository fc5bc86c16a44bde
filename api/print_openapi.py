"""Prints the OpenAPI document as it is checked in: `python -m api.print_openapi > docs/openapi.json`."""

import json
import sys

from api.app import create_app

if __name__ == "__main__":
    json.dump(create_app().openapi(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
