#!/usr/bin/env python3
"""Checks the relay's description of its API with other people's validator.

    python3 tests/peers/api_document.py --relay-url http://127.0.0.1:8080

Wants openapi-spec-validator (PyPI). Exit code 1 where the document is no valid OpenAPI 3.1, or where an
example is not what its schema says.
"""

import argparse
import json
import sys
import urllib.request

from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DOCUMENT = "urn:relay"


def examples(document):
    """Every example with its schema and where it stands."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            place = f"{method.upper()} {path}"
            contents = [operation.get("requestBody", {}).get("content", {})]
            for response in operation["responses"].values():
                if "$ref" in response:
                    response = document["components"]["responses"][response["$ref"].split("/")[-1]]
                contents.append(response.get("content", {}))
            for content in contents:
                for media in content.values():
                    if "example" in media:
                        yield place, media["schema"], media["example"]
                    for name, example in media.get("examples", {}).items():
                        yield f"{place} {name}", media["schema"], example["value"]


def anchored(schema):
    """The schema with references that lead into the document."""
    text = json.dumps(schema)
    return json.loads(text.replace('"#/components', f'"{DOCUMENT}#/components'))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--relay-url", required=True, help="the relay's public_url")
    args = parser.parse_args()
    with urllib.request.urlopen(f"{args.relay_url}/v1/openapi.json", timeout=20) as answer:
        document = json.load(answer)
    wrong = [f"{list(error.path)}: {error.message}"
             for error in OpenAPIV31SpecValidator(document).iter_errors()]
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    registry = Registry().with_resource(DOCUMENT, resource)
    count = 0
    for place, schema, example in examples(document):
        count += 1
        validator = Draft202012Validator(anchored(schema), registry=registry)
        wrong += [f"{place}: {error.message}" for error in validator.iter_errors(example)]
    for line in wrong:
        print(line)
    routes = sum(len(operations) for operations in document["paths"].values())
    print(f"    {routes} routes, {count} examples, {len(wrong)} wrong")
    sys.exit(1 if wrong or not count else 0)


if __name__ == "__main__":
    main()
