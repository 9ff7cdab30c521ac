"""What schemathesis is told beside the document: ids of records that there are, every other time, so
that answers are seen which are no 404. SMSDESK_KNOWN is JSON: ids by the first words of a path.
"""

import json
import os

import schemathesis

KNOWN = json.loads(os.environ.get("SMSDESK_KNOWN", "{}"))


def known(path):
    """The id for a path, by the longest beginning that is known."""
    begins = [start for start in KNOWN if path.startswith(start)]
    return KNOWN[max(begins, key=len)] if begins else None


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters or "id" not in path_parameters:
        return path_parameters
    drawn, there = path_parameters["id"], known(context.operation.path)
    if there and isinstance(drawn, str) and sum(drawn.encode(errors="replace")) % 2:
        path_parameters["id"] = there
    return path_parameters
