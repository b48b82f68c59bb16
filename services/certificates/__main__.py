"""`python -m services.certificates api|consume|relay|work|migrate|all`"""

from services.certificates.main import build
from services.certificates.settings import Settings
from shared.process import main

if __name__ == "__main__":
    main("certificates", Settings, build)
