"""Python imports this module when it starts: the acceptance tests put this folder on
the PYTHONPATH of the moto_server that they start. See extensions.py."""

import os
import traceback

try:
    import extensions  # noqa: F401
except Exception:  # Python would only print it, and moto would run as it is
    traceback.print_exc()
    os._exit(1)
