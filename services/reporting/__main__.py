"""`python -m services.reporting api|consume|relay|work|migrate|all`"""

from services.reporting.main import build
from services.reporting.settings import Settings
from shared.process import main

if __name__ == "__main__":
    main("reporting", Settings, build)
