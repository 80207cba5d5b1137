import os

# Read by TensorFlow when it is imported, hence before any test module is.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from hypothesis import HealthCheck, settings

# "ci" draws the same examples in every run, so that a red build can be repeated anywhere; "dev"
# looks somewhere new each time, which is how a counterexample is found in the first place.
# No deadline in either: the first call of an activation records its program.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "dev")
