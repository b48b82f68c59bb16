"""`python -m services.grading api|consume|relay|work|migrate|all`"""

from services.grading.main import build
from services.grading.settings import Settings
from shared.process import main

if __name__ == "__main__":
    main("grading", Settings, build)
